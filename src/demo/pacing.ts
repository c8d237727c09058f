/** How fast a generation speaks. */
export interface Pace {
  /** Tokens per second of one choice; 0 is as fast as possible. */
  readonly tokensPerSecond: number;
  /** Time before the first token, in milliseconds. */
  readonly firstTokenMs: number;
}

/** What one step of the work says about the next: go on, hold until `resume`, or stop for good. */
export type StepOutcome = "more" | "wait" | "done";

export interface Pacer {
  /** Goes on after a step answered "wait". */
  resume(): void;
  /** Stops for good; no step runs after it. */
  cancel(): void;
}

/** The most steps in one turn of the event loop, so that other requests get theirs. */
const MAX_STEPS_PER_TURN = 64;

/**
 * Calls `step` on a fixed schedule with one timer. Step `i` is due at `start + first + i × interval`, counted from the
 * start and not from the step before, so late timers do not add up: a late turn runs every step that is due.
 */
export function startPacer(pace: Pace, step: () => StepOutcome): Pacer {
  const interval = pace.tokensPerSecond === 0 ? 0 : 1000 / pace.tokensPerSecond;
  const origin = performance.now() + pace.firstTokenMs;
  let steps = 0;
  let state: "running" | "waiting" | "stopped" = "running";
  let clearTimer = (): void => {};

  function schedule(): void {
    const delay = origin + steps * interval - performance.now();
    if (delay > 0) {
      const timer = setTimeout(turn, Math.ceil(delay));
      clearTimer = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(turn);
      clearTimer = () => clearImmediate(immediate);
    }
  }

  function turn(): void {
    for (let budget = MAX_STEPS_PER_TURN; budget > 0; budget -= 1) {
      if (origin + steps * interval > performance.now()) break;
      steps += 1;
      const outcome = step();
      if (state === "stopped") return;
      if (outcome === "more") continue;
      state = outcome === "wait" ? "waiting" : "stopped";
      return;
    }
    schedule();
  }

  function resume(): void {
    if (state !== "waiting") return;
    state = "running";
    schedule();
  }

  function cancel(): void {
    state = "stopped";
    clearTimer();
  }

  schedule();
  return { resume, cancel };
}
