import { splitPieces } from "./tokenizer.ts";

/** The table behind the tokenizer. Ids 0 to 255 are single bytes, 256 ends a text, the rest are pieces by frequency. */
export interface Vocabulary {
  readonly ids: ReadonlyMap<string, number>;
  /** Text by id; for the first 256 ids only a placeholder. */
  readonly texts: readonly string[];
  readonly end: number;
  /** Whole words with a leading space, most frequent first. */
  readonly words: readonly number[];
}

const END = 256;
/** Pieces that JSON, code and long runs of space need. */
const PUNCTUATION = [
  ...["{", "}", "[", "]", '{"', '"}', '":', '","', '",', '"]', '["', "[]", "{}", '":"', '":{"', '":["', "```", "():"],
  ...["()", "(", ")", "=>", "==", "===", "!=", "<=", ">=", "+=", "//", "/*", "*/", "://", "...", "**", "--", "-", "\t"],
  ..."!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \n0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
];
const LONGEST_SPACE = 16;

/** Builds the vocabulary from the texts the engine may say. The same texts always give the same ids. */
export function buildVocabulary(corpus: readonly string[]): Vocabulary {
  const counts = new Map<string, number>();
  const add = (piece: string, count = 1): void => {
    counts.set(piece, (counts.get(piece) ?? 0) + count);
  };
  for (const text of corpus) {
    for (const piece of splitPieces(text)) {
      add(piece);
      const word = piece.trim();
      if (!/^\p{L}{2,}$/u.test(word)) continue;
      // Every word is known at the start of a line, inside one, and capitalised.
      for (const form of [word, ` ${word}`, capitalise(word), ` ${capitalise(word)}`]) add(form, 0);
      for (const length of [2, 3, 4]) {
        for (let at = 0; at + length <= word.length; at += 1) add(word.slice(at, at + length).toLowerCase(), 0);
      }
    }
  }
  for (const piece of PUNCTUATION) {
    add(piece, 0);
    if (!/\s/.test(piece)) add(` ${piece}`, 0);
  }
  for (let number = 0; number < 1000; number += 1) {
    add(String(number), 0);
    add(` ${number}`, 0);
  }
  for (let length = 2; length <= LONGEST_SPACE; length += 1) add(" ".repeat(length), 0);
  for (let length = 2; length <= 3; length += 1) add("\n".repeat(length), 0);

  const pieces = Array.from(counts)
    .sort(([left, a], [right, b]) => b - a || (left < right ? -1 : 1))
    .map(([piece]) => piece);
  const texts = [...Array.from({ length: 256 }, () => ""), "<|end|>", ...pieces];
  const ids = new Map(pieces.map((piece, index) => [piece, END + 1 + index]));
  const words = pieces.filter((piece) => /^ \p{Ll}{2,}$/u.test(piece)).map((piece) => ids.get(piece) ?? END);
  return { ids, texts, end: END, words };
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
