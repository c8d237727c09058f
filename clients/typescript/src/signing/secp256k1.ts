import { secp256k1 } from "@noble/curves/secp256k1.js";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { eip191Digest } from "./eip191.ts";

/** Length of an uncompressed public key, 0x04 ‖ X ‖ Y (SEC 1, 2.3.3). Bytes. */
export const SECP256K1_PUBLIC_KEY_BYTES = 65;
/** Length of a signature r ‖ s ‖ v. Bytes. */
export const ECDSA_SIGNATURE_BYTES = 65;

/** Whether these bytes are an uncompressed point on secp256k1. */
export function isSecp256k1PublicKey(publicKey: Uint8Array): boolean {
  return publicKey.length === SECP256K1_PUBLIC_KEY_BYTES && secp256k1.utils.isValidPublicKey(publicKey, false);
}

/**
 * Whether `signature` is the owner's ECDSA signature over the EIP-191 digest of `text`.
 *
 * The form is strict, so that one text has one valid signature per nonce: 65 bytes r ‖ s ‖ v, v = 27 or 28, low s
 * (EIP-2), and the key recovered with v must be `publicKey`, byte for byte. Never throws: whatever is wrong is false.
 *
 * @param publicKey 65 bytes, uncompressed
 */
export function verifyEcdsa(signature: Uint8Array, text: string, publicKey: Uint8Array): boolean {
  if (signature.length !== ECDSA_SIGNATURE_BYTES || !isSecp256k1PublicKey(publicKey)) return false;
  const v = signature[64];
  if (v !== 27 && v !== 28) return false;
  try {
    // fromBytes refuses r or s that is 0 or not below the group order.
    const parsed = secp256k1.Signature.fromBytes(signature.subarray(0, 64), "compact").addRecoveryBit(v - 27);
    if (parsed.hasHighS()) return false;
    const recovered = parsed.recoverPublicKey(eip191Digest(text));
    return equalBytes(recovered.toBytes(false), publicKey);
  } catch {
    return false;
  }
}
