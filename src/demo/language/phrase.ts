/**
 * A weighted grammar. Walking it token by token (see grammar-walk.ts) gives an exact next-token distribution, so
 * sampling, temperature and log-probabilities all speak of the same model.
 */
export type Phrase = string | Sequence | Choice | Several | Slot;

/** Its parts one after the other. */
export interface Sequence {
  readonly kind: "sequence";
  readonly parts: readonly Phrase[];
}

/** One of its options. */
export interface Choice {
  readonly kind: "choice";
  readonly options: readonly Phrase[];
}

/** `count` different members of a pool, in an order that is sampled as well. */
export interface Several {
  readonly kind: "several";
  readonly pool: readonly Phrase[];
  readonly count: number;
  /** What a member looks like in its place; `ordinal` counts from 0. */
  readonly frame: (member: Phrase, ordinal: number) => Phrase;
  readonly used: readonly number[];
}

/** A text that is known only when the prompt is: the subject, a number, a name. */
export interface Slot {
  readonly kind: "slot";
  readonly name: string;
}

/** Values of slots by name. */
export type Slots = Readonly<Record<string, string>>;

export function sequence(...parts: readonly Phrase[]): Phrase {
  return { kind: "sequence", parts };
}

export function oneOf(options: readonly Phrase[]): Phrase {
  return { kind: "choice", options };
}

/** Different members of a pool, separated by a space unless `frame` says otherwise; never more than the pool holds. */
export function several(
  pool: readonly Phrase[],
  count: number,
  frame: (member: Phrase, ordinal: number) => Phrase = spaced,
): Phrase {
  return { kind: "several", pool, count: Math.min(count, pool.length), frame, used: [] };
}

function spaced(member: Phrase, ordinal: number): Phrase {
  return ordinal === 0 ? member : sequence(" ", member);
}

/** Every literal text inside a phrase: what the vocabulary is built from. */
export function literalsOf(phrase: Phrase): string[] {
  if (typeof phrase === "string") return [phrase];
  switch (phrase.kind) {
    case "sequence":
      return phrase.parts.flatMap(literalsOf);
    case "choice":
      return phrase.options.flatMap(literalsOf);
    case "several":
      return phrase.pool.flatMap(literalsOf);
    case "slot":
      return [];
  }
}
