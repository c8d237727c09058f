/** Whether requests would be served, and who wants to know when that changes. */
export interface Readiness {
  readonly ready: boolean;
  /** Tells every listener if the value is new. */
  set(ready: boolean): void;
  /** Calls `listener` at each change until the returned function is called. */
  subscribe(listener: (ready: boolean) => void): () => void;
}

/** Not ready at first. */
export function createReadiness(): Readiness {
  const listeners = new Set<(ready: boolean) => void>();
  let current = false;
  return {
    get ready() {
      return current;
    },
    set(ready) {
      if (ready === current) return;
      current = ready;
      for (const listener of listeners) listener(ready);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
