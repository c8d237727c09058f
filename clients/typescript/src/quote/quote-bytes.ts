import { hexToBytes } from "@noble/hashes/utils.js";
import { CheckFailure } from "../verdict/index.ts";

/** Largest quote that is read. Bytes: genuine ones have about 5000, and some producers pad to 8 KiB and more. */
export const MAX_QUOTE_BYTES = 16 * 1024;

/** Two digits per byte, the prefix, and some white space, such as line breaks. */
const MAX_QUOTE_TEXT = 3 * MAX_QUOTE_BYTES;

/**
 * A quote as it was handed over: raw bytes, or hex text with an optional `0x` and white space around and between.
 *
 * @param input attacker-controlled
 * @throws CheckFailure malformed
 */
export function quoteBytes(input: Uint8Array | string): Uint8Array {
  if (typeof input !== "string") return bounded(input);
  if (input.length > MAX_QUOTE_TEXT) throw tooLarge();
  const digits = input.trim().replace(/^0x/i, "").replace(/\s/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw CheckFailure.malformed("the quote's text is not hexadecimal", "pass the raw bytes, or their hex digits");
  }
  return bounded(hexToBytes(digits));
}

function bounded(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_QUOTE_BYTES) throw tooLarge();
  return bytes;
}

const tooLarge = (): CheckFailure => CheckFailure.malformed(`the quote is larger than ${MAX_QUOTE_BYTES} bytes`);
