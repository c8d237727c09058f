import { ed25519 } from "@noble/curves/ed25519.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

/** Length of a public key (RFC 8032, 5.1.5). Bytes. */
export const ED25519_PUBLIC_KEY_BYTES = 32;
/** Length of a signature R ‖ S (RFC 8032, 5.1.6). Bytes. */
export const ED25519_SIGNATURE_BYTES = 64;

/** Whether these bytes are the canonical encoding of a point that is not of small order: a key somebody can own. */
export function isEd25519PublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== ED25519_PUBLIC_KEY_BYTES) return false;
  try {
    return !ed25519.Point.fromBytes(publicKey, false).isSmallOrder();
  } catch {
    return false;
  }
}

/**
 * Whether `signature` is the owner's pure Ed25519 signature over the UTF-8 bytes of `text` (RFC 8032, 5.1.7).
 *
 * Strict: S below the group order, canonical encodings of R and of the key (`zip215: false`), no key of small order,
 * for which a signature would fit many texts. Never throws: whatever is wrong is false.
 *
 * @param publicKey 32 bytes
 */
export function verifyEd25519(signature: Uint8Array, text: string, publicKey: Uint8Array): boolean {
  if (signature.length !== ED25519_SIGNATURE_BYTES || !isEd25519PublicKey(publicKey)) return false;
  try {
    return ed25519.verify(signature, utf8ToBytes(text), publicKey, { zip215: false });
  } catch {
    return false;
  }
}
