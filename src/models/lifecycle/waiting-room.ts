import { GatewayError } from "../../errors/index.ts";

/** Requests that wait at once. Each holds its body; the rest is refused. */
const MAX_WAITING = 256;

/** Where requests wait until something can be had. */
export interface WaitingRoom {
  /**
   * Calls `look` now and at each change until it returns a value or throws. After `timeoutMs` rejects with what `late`
   * makes; rejects with `cancelled` if the signal aborts.
   */
  wait<T>(look: () => T | undefined, timeoutMs: number, late: () => GatewayError, signal: AbortSignal): Promise<T>;
  /** Something has changed. */
  look(): void;
  /** Rejects everybody who waits. */
  close(why: () => GatewayError): void;
}

export function waitingRoom(): WaitingRoom {
  const waiting = new Set<{ readonly look: () => void; readonly refuse: (why: GatewayError) => void }>();
  return {
    wait(look, timeoutMs, late, signal) {
      if (waiting.size >= MAX_WAITING) return Promise.reject(late());
      return new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          waiting.delete(entry);
          clearTimeout(timer);
          signal.removeEventListener("abort", onAbort);
          act();
        };
        const refuse = (why: unknown): void => settle(() => reject(why));
        const onAbort = (): void => refuse(new GatewayError("cancelled", "The call was cancelled"));
        const timer = setTimeout(() => refuse(late()), timeoutMs);
        const entry = {
          refuse,
          look() {
            try {
              const found = look();
              if (found !== undefined) settle(() => resolve(found));
            } catch (why) {
              refuse(why);
            }
          },
        };
        waiting.add(entry);
        signal.addEventListener("abort", onAbort, { once: true });
        if (signal.aborted) onAbort();
        else entry.look();
      });
    },
    look() {
      for (const entry of [...waiting]) entry.look();
    },
    close(why) {
      for (const entry of [...waiting]) entry.refuse(why());
    },
  };
}
