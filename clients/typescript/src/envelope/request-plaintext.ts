import { u64 } from "./binary.ts";
import { pad, paddedLength, SMALLEST_REQUEST, unpad } from "./padding.ts";
import { TAG_BYTES } from "./suite.ts";

const CREATED_BYTES = 8;

/** What an envelope holds. */
export interface RequestPlaintext {
  /** When the caller made it, by its own clock, Unix milliseconds. */
  readonly createdUnixMs: bigint;
  /** The serialised typed input. */
  readonly input: Uint8Array;
}

/** The plaintext of a request. */
export function requestPlaintext({ createdUnixMs, input }: RequestPlaintext): Uint8Array {
  return pad(u64(createdUnixMs), input, SMALLEST_REQUEST);
}

/** Reads an opened request; undefined if it breaks the rules of its form. */
export function readRequestPlaintext(plaintext: Uint8Array): RequestPlaintext | undefined {
  const input = unpad(plaintext, CREATED_BYTES, SMALLEST_REQUEST);
  if (input === undefined) return undefined;
  return { createdUnixMs: new DataView(plaintext.buffer, plaintext.byteOffset).getBigUint64(0), input };
}

/** Whether a ciphertext can be a request's: everything else is refused before any work is done on it. */
export function hasRequestLength(ciphertext: Uint8Array): boolean {
  const length = ciphertext.length - TAG_BYTES;
  return length >= SMALLEST_REQUEST && paddedLength(length, SMALLEST_REQUEST) === length;
}
