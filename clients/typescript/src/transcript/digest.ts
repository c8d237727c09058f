import { sha256 } from "@noble/hashes/sha2.js";

/** Length of every digest of the transcript: SHA-256, FIPS 180-4. Bytes. */
export const DIGEST_BYTES = 32;

/**
 * The request digest `q`: SHA-256 of the request payload exactly as it is sent.
 *
 * @returns 32 bytes
 */
export function requestDigest(payload: Uint8Array): Uint8Array {
  return sha256(payload);
}

/**
 * The digest of a keyset: SHA-256 of its serialised bytes as they were served.
 *
 * @returns 32 bytes
 */
export function keysetDigest(keyset: Uint8Array): Uint8Array {
  return sha256(keyset);
}
