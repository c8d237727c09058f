/**
 * A value now and whenever it has changed, until the signal aborts. A reader that is slow sees the latest only, so
 * nothing is queued for it.
 */
export async function* latest<T>(
  read: () => T,
  subscribe: (listener: () => void) => () => void,
  signal: AbortSignal,
): AsyncGenerator<T> {
  let changed = true;
  let wake = (): void => {};
  const stop = subscribe(() => {
    changed = true;
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      if (changed) {
        changed = false;
        yield read();
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    stop();
  }
}
