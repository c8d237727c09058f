import { TeeError } from "./tee-error.ts";

/** A time limit joined with the caller's own signal, and what to say when either ends the work. */
export interface Deadline {
  /** Aborts when the time is over or the caller gives up. */
  readonly signal: AbortSignal;
  /** The error to report if `signal` has aborted; undefined if it has not. */
  readonly error: () => TeeError | undefined;
}

/**
 * @param source what is waited for, for the message
 * @param timeoutMs from now. Milliseconds
 */
export function deadline(source: string, timeoutMs: number, caller?: AbortSignal): Deadline {
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = caller === undefined ? timeout : AbortSignal.any([timeout, caller]);
  return {
    signal,
    error() {
      if (caller?.aborted === true) return new TeeError("tee.cancelled", `${source}: the caller gave up`);
      if (timeout.aborted) return new TeeError("tee.timeout", `${source}: no answer within ${timeoutMs} ms`);
      return undefined;
    },
  };
}

/**
 * Waits for `work` no longer than the deadline. Work that cannot be stopped goes on, and what it comes to is dropped.
 *
 * @throws TeeError of the deadline, or what `work` rejects with
 */
export async function within<T>(limit: Deadline, work: Promise<T>): Promise<T> {
  const { signal } = limit;
  let stop = (): void => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    stop = () => reject(limit.error());
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([ended, work]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
