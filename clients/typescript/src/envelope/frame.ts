import { pad, SMALLEST_CHUNK, SMALLEST_REQUEST, unpad } from "./padding.ts";

const MORE = 0x00;
const FINAL = 0x01;
const ERROR = 0x02;

/** What one sealed chunk says. */
export interface ChunkFrame {
  /** The serialised message; empty in a final chunk that has none. */
  readonly content: Uint8Array;
  /** Whether the answer is complete with it. */
  readonly isFinal: boolean;
}

/** The plaintext of a chunk. */
export function chunkPlaintext({ content, isFinal }: ChunkFrame): Uint8Array<ArrayBuffer> {
  return pad(Uint8Array.of(isFinal ? FINAL : MORE), content, SMALLEST_CHUNK);
}

/** Reads an opened chunk; undefined if it breaks the rules of its form. */
export function readChunkPlaintext(plaintext: Uint8Array): ChunkFrame | undefined {
  const [flags] = plaintext;
  const content = unpad(plaintext, 1, SMALLEST_CHUNK);
  if (content === undefined || (flags !== MORE && flags !== FINAL)) return undefined;
  return { content, isFinal: flags === FINAL };
}

/** The plaintext of an error's details. */
export function errorPlaintext(details: Uint8Array): Uint8Array<ArrayBuffer> {
  return pad(Uint8Array.of(ERROR), details, SMALLEST_REQUEST);
}

/** The details of an opened error; undefined if it breaks the rules of its form. */
export function readErrorPlaintext(plaintext: Uint8Array): Uint8Array | undefined {
  return plaintext[0] === ERROR ? unpad(plaintext, 1, SMALLEST_REQUEST) : undefined;
}
