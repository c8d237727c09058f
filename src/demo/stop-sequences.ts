/** Cuts a growing text at the first stop sequence and holds back what may still become one. */
export interface StopFilter {
  /** Adds text; returns what may be shown now, and the sequence that ended it, if one did. */
  push(text: string): { readonly text: string; readonly matched: string | undefined };
  /** What was held back, when the text ends by itself. */
  flush(): string;
}

export function createStopFilter(stops: readonly string[]): StopFilter {
  let held = "";

  function push(text: string) {
    const window = held + text;
    const match = earliest(window);
    if (match !== undefined) {
      held = "";
      return { text: window.slice(0, match.at), matched: match.stop };
    }
    const shown = window.length - longestPartial(window);
    held = window.slice(shown);
    return { text: window.slice(0, shown), matched: undefined };
  }

  function earliest(window: string): { at: number; stop: string } | undefined {
    let best: { at: number; stop: string } | undefined;
    for (const stop of stops) {
      const at = window.indexOf(stop);
      if (at >= 0 && (best === undefined || at < best.at)) best = { at, stop };
    }
    return best;
  }

  /** The length of the longest suffix of `window` that begins a stop sequence without finishing it. */
  function longestPartial(window: string): number {
    let longest = 0;
    for (const stop of stops) {
      for (let length = Math.min(stop.length - 1, window.length); length > longest; length -= 1) {
        if (stop.startsWith(window.slice(window.length - length))) longest = length;
      }
    }
    return longest;
  }

  function flush(): string {
    const rest = held;
    held = "";
    return rest;
  }

  return { push, flush };
}
