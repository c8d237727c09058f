import type { ServedModel } from "./serving.ts";

/** Tells when what is served has become something else. */
export interface ChangeWatch {
  /** Compares what is served now with what was served at the last call. */
  look(served: readonly ServedModel[]): void;
  onChange(listener: () => void): void;
}

export function changeWatch(initial: readonly ServedModel[]): ChangeWatch {
  const listeners: (() => void)[] = [];
  let last = keyOf(initial);
  return {
    look(served) {
      const key = keyOf(served);
      if (key === last) return;
      last = key;
      for (const listener of listeners) listener();
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

function keyOf(served: readonly ServedModel[]): string {
  return JSON.stringify(
    served.map(({ name, digest, generation }) => [
      name,
      digest.kind,
      Buffer.from(digest.value).toString("hex"),
      generation,
    ]),
  );
}
