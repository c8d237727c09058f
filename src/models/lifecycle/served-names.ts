/** Most names that are remembered. */
const MAX_NAMES = 64;

/** Names of models that were served, the latest last. */
export interface ServedNames {
  readonly all: readonly string[];
  add(name: string): void;
}

export function servedNames(): ServedNames {
  let all: readonly string[] = [];
  return {
    get all() {
      return all;
    },
    add(name) {
      if (all.at(-1) === name) return;
      all = [...all.filter((other) => other !== name), name].slice(-MAX_NAMES);
    },
  };
}
