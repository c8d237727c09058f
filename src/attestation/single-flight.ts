/** Runs one piece of work per key at a time; whoever asks meanwhile shares its result. */
export interface SingleFlight<T> {
  /** Joins the work under this key, or starts it. */
  run(key: string, work: () => Promise<T>): Promise<T>;
  /** Whether there is work under this key: joining it costs nothing. */
  has(key: string): boolean;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const running = new Map<string, Promise<T>>();
  return {
    has: (key) => running.has(key),
    run(key, work) {
      const joined = running.get(key);
      if (joined !== undefined) return joined;
      const started = work().finally(() => running.delete(key));
      running.set(key, started);
      return started;
    },
  };
}
