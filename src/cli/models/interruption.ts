/** A signal that is aborted by the first SIGINT or SIGTERM, so that files in the making are removed. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

export function interruption(): Interruption {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const name of SIGNALS) process.once(name, abort);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, abort);
    },
  };
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
