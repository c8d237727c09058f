/** Lets one engine start at a time, and none before the engines that are being stopped have given up their memory. */
export interface StartGate {
  /**
   * Resolves when it is the caller's turn, with what ends the turn. Turns come in the order of the calls.
   * Rejects with the signal's reason if it aborts first.
   */
  enter(signal: AbortSignal): Promise<() => void>;
  /** Notes that an engine is being stopped. */
  stopping(work: Promise<unknown>): void;
}

export function startGate(): StartGate {
  let last: Promise<void> = Promise.resolve();
  const stops = new Set<Promise<unknown>>();
  return {
    async enter(signal) {
      const before = last;
      const turn = Promise.withResolvers<void>();
      last = before.then(() => turn.promise);
      const aborted = Promise.withResolvers<never>();
      const onAbort = (): void => aborted.reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        signal.throwIfAborted();
        await Promise.race([before, aborted.promise]);
        while (stops.size > 0) await Promise.race([Promise.all(stops), aborted.promise]);
        signal.throwIfAborted();
        return turn.resolve;
      } catch (reason) {
        turn.resolve();
        throw reason;
      } finally {
        signal.removeEventListener("abort", onAbort);
        aborted.promise.catch(() => {});
      }
    },
    stopping(work) {
      const noted = work.catch(() => {}).finally(() => stops.delete(noted));
      stops.add(noted);
    },
  };
}
