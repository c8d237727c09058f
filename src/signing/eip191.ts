import { keccak_256 } from "@noble/hashes/sha3.js";

const PREFIX = "\x19Ethereum Signed Message:\n";

/** EIP-191 (version 0x45) digest of a text: Keccak-256 of prefix, decimal UTF-8 byte length, text. 32 bytes. */
export function eip191Digest(text: string): Uint8Array {
  return keccak_256(Buffer.from(PREFIX + Buffer.byteLength(text) + text));
}

/** Ethereum address of an uncompressed public key (65 bytes): `0x` and 40 lower-case hex digits. */
export function ethereumAddress(publicKey: Uint8Array): string {
  return `0x${Buffer.from(keccak_256(publicKey.subarray(1)).subarray(12)).toString("hex")}`;
}
