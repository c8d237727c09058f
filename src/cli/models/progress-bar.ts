import { byteText } from "./byte-text.ts";

/** Progress of long work on a terminal. */
export interface ProgressBar extends Disposable {
  /** Bytes done and all bytes of a stage; a stage whose end is not known is named alone. */
  show(stage: string, bytes?: number, total?: number): void;
}

const REDRAW_MS = 100;
const BAR_WIDTH = 24;
const CLEAR = "\r\u001b[K";

/** A bar on standard error, gone when the work is done; nothing where that is no terminal. */
export function progressBar(): ProgressBar {
  const { stderr } = process;
  if (stderr.isTTY !== true) return { show: () => undefined, [Symbol.dispose]: () => undefined };
  let stage = "";
  let begun = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    show(name, bytes = 0, total = 0) {
      const now = performance.now();
      if (name !== stage) [stage, begun, drawn] = [name, now, Number.NEGATIVE_INFINITY];
      if (now - drawn < REDRAW_MS && bytes < total) return;
      drawn = now;
      const line = total === 0 ? `${name} …` : barLine(name, bytes, total, (now - begun) / 1000);
      // A longer line would wrap, and then stay. A terminal that does not know its width says 0.
      stderr.write(CLEAR + line.slice(0, (stderr.columns || 80) - 1));
    },
    [Symbol.dispose]: () => void stderr.write(CLEAR),
  };
}

/** One line: stage, bar, share, bytes, speed and the time that is left at this speed. */
export function barLine(stage: string, bytes: number, total: number, seconds: number): string {
  const share = Math.min(1, bytes / total);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const speed = seconds > 0 ? bytes / seconds : 0;
  const pace = speed > 0 ? `  ${byteText(speed)}/s  ${durationText((total - bytes) / speed)} left` : "";
  return `${stage}  ${bar} ${percent}  ${byteText(bytes)} of ${byteText(total)}${pace}`;
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
