import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

const SALT = Buffer.from("RATLS", "ascii");

/**
 * dstack's key derivation: HKDF-SHA256 with the salt "RATLS".
 *
 * @param parent private key, 32 bytes
 * @param context concatenated without separators
 * @returns 32 bytes
 */
export function deriveKey(parent: Uint8Array, ...context: readonly Uint8Array[]): Uint8Array {
  // OpenSSL takes at most 1024 bytes of context; a path may be longer.
  return hkdf(sha256, parent, SALT, new Uint8Array(Buffer.concat(context)), 32);
}
