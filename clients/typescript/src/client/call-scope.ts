import { abortError } from "./call-error.ts";
import type { CallOptions } from "./call-options.ts";

/** The lifetime of one call. */
export interface CallScope {
  /** Aborted by the caller's signal, by the deadline, or by {@link CallScope.abort}. */
  readonly signal: AbortSignal;
  /** Milliseconds left until the deadline, at least 1. */
  remainingMs(): number;
  /** Ends the call from inside: the caller lost interest, or verification failed. */
  abort(reason: unknown): void;
  /** Waits for shared work without tying it to this call: when the call ends first, this ends with it. */
  wait<T>(work: Promise<T>): Promise<T>;
}

/** Begins a call: its deadline starts now. */
export function createCallScope(options: CallOptions, defaultTimeoutMs: number): CallScope {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const deadline = performance.now() + timeoutMs;
  const own = new AbortController();
  const sources = [own.signal, AbortSignal.timeout(timeoutMs)];
  if (options.signal !== undefined) sources.push(options.signal);
  const signal = AbortSignal.any(sources);
  return {
    signal,
    remainingMs: () => Math.max(1, Math.ceil(deadline - performance.now())),
    abort: (reason) => own.abort(reason),
    wait<T>(work: Promise<T>) {
      if (signal.aborted) return Promise.reject(abortError(signal.reason));
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const onAbort = (): void => reject(abortError(signal.reason));
      signal.addEventListener("abort", onAbort, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
      return promise;
    },
  };
}
