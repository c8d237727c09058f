import type { Clock } from "./token-bucket.ts";

/** A value that is made anew before it gets old. */
export interface RefreshedValue<T> {
  /**
   * The value, at most `ttlMs` old. One older than half of that is given out while a new one is made behind it; a
   * failure of that is not the caller's, and the next call tries again.
   */
  get(): Promise<T>;
  /** Forgets the value: what it was made of has changed. Work under way for the old state is not given out either. */
  invalidate(): void;
}

export interface RefreshedValueOptions<T> {
  readonly ttlMs: number;
  readonly make: () => Promise<T>;
  /** Called with the failure of a refresh nobody waited for. */
  readonly onRefreshFailure: (reason: unknown) => void;
  readonly clock?: Clock;
}

/** Without traffic nothing is made, and with any amount of it one value at a time. */
export function createRefreshedValue<T>(options: RefreshedValueOptions<T>): RefreshedValue<T> {
  const { ttlMs, make, onRefreshFailure, clock = () => performance.now() } = options;
  let held: { readonly value: T; readonly madeAt: number } | undefined;
  let making: Promise<T> | undefined;
  let state = 0;

  function refresh(): Promise<T> {
    if (making !== undefined) return making;
    const startedIn = state;
    const work: Promise<T> = make()
      .then((value) => {
        // What it was made of changed meanwhile: whoever waits gets one made of the new state.
        if (state !== startedIn) return refreshAfter(work);
        held = { value, madeAt: clock() };
        return value;
      })
      .finally(() => {
        if (making === work) making = undefined;
      });
    making = work;
    return work;
  }

  function refreshAfter(done: Promise<T>): Promise<T> {
    if (making === done) making = undefined;
    return refresh();
  }

  return {
    async get() {
      if (held === undefined) return refresh();
      const age = clock() - held.madeAt;
      if (age > ttlMs) return refresh();
      if (age > ttlMs / 2 && making === undefined) refresh().catch(onRefreshFailure);
      return held.value;
    },
    invalidate() {
      state++;
      held = undefined;
    },
  };
}
