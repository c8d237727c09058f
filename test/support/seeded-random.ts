/** A reproducible source of numbers (mulberry32): a failure can be repeated with its seed. */
export interface SeededRandom {
  /** An integer in [0, bound). */
  below(bound: number): number;
  /** True once in `times`. */
  once(times: number): boolean;
  pick<T>(items: readonly T[]): T;
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
  return {
    below,
    once: (times) => below(times) === 0,
    pick: <T>(items: readonly T[]): T => items[below(items.length)] as T,
  };
}
