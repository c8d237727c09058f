import type { Vocabulary } from "./vocabulary.ts";

/** A reversible tokenizer: words and pieces of words from a vocabulary, single bytes for everything else. */
export interface Tokenizer {
  /** The end-of-text token. */
  readonly end: number;
  /** Token ids run from 0 to `size - 1`. */
  readonly size: number;
  /** The longest token, in UTF-16 units. No text of n units has fewer than n / longest tokens. */
  readonly longest: number;
  encode(text: string): number[];
  /** Joins the tokens' bytes; bytes that are not UTF-8 become U+FFFD. */
  decode(tokens: readonly number[]): string;
  /** The exact bytes of one token; none for special tokens. Throws a RangeError for an unknown id. */
  bytesOf(token: number): Uint8Array;
  /** One token as text, for showing: broken UTF-8 becomes U+FFFD, the end token its name. */
  textOf(token: number): string;
}

/** Words with their leading space, numbers of up to three digits, runs of punctuation, runs of space. */
const PIECE = / ?\p{L}+(?:['’]\p{L}+)?| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|[^\S\n]+(?=[^\S\n]\S)|[^\S\n]+|\n+/gu;

export function splitPieces(text: string): string[] {
  return text.match(PIECE) ?? [];
}

export function createTokenizer(vocabulary: Vocabulary): Tokenizer {
  const { ids, texts, end } = vocabulary;
  const longest = texts.reduce((length, text) => Math.max(length, text.length), 1);
  const encoder = new TextEncoder();
  const bytes: Uint8Array[] = texts.map((text, id) => {
    if (id < 256) return Uint8Array.of(id);
    return id === end ? new Uint8Array(0) : encoder.encode(text);
  });

  function encode(text: string): number[] {
    const tokens: number[] = [];
    // A lone surrogate has no UTF-8 form; it becomes U+FFFD here so that the rest of the text survives the round trip.
    for (const piece of splitPieces(text.toWellFormed())) {
      const id = ids.get(piece);
      if (id === undefined) encodeUnknown(piece, tokens);
      else tokens.push(id);
    }
    return tokens;
  }

  function encodeUnknown(piece: string, tokens: number[]): void {
    let position = 0;
    while (position < piece.length) {
      let length = Math.min(longest, piece.length - position);
      let id: number | undefined;
      for (; length > 0 && id === undefined; length -= 1) id = ids.get(piece.slice(position, position + length));
      if (id !== undefined) {
        tokens.push(id);
        position += length + 1;
        continue;
      }
      const character = String.fromCodePoint(piece.codePointAt(position) ?? 0xfffd);
      tokens.push(...encoder.encode(character));
      position += character.length;
    }
  }

  function bytesOf(token: number): Uint8Array {
    const found = bytes[token];
    if (found === undefined) throw new RangeError(`Token ids run from 0 to ${bytes.length - 1}; got ${token}.`);
    return found;
  }

  function decode(tokens: readonly number[]): string {
    return Buffer.concat(tokens.map(bytesOf)).toString("utf8");
  }

  function textOf(token: number): string {
    return token === end ? (texts[end] ?? "") : Buffer.from(bytesOf(token)).toString("utf8");
  }

  return { end, size: bytes.length, longest, encode, decode, bytesOf, textOf };
}
