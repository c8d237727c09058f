import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * The EIP-191 (version 0x45, "personal message") digest of a text: Keccak-256 of byte 0x19, `Ethereum Signed Message:`,
 * a newline, the text's length in UTF-8 bytes as decimal, and the text.
 *
 * @returns 32 bytes
 */
export function eip191Digest(text: string): Uint8Array {
  const bytes = utf8ToBytes(text);
  return keccak_256(concatBytes(utf8ToBytes(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes));
}
