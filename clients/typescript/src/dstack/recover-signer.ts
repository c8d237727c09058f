import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { ECDSA_SIGNATURE_BYTES } from "../signing/index.ts";

/**
 * The key under which a custody signature verifies: 65 bytes r ‖ s ‖ recovery id, over the Keccak-256 of the message.
 * Some key is found for nearly every signature, so only comparing it with an expected one proves anything.
 *
 * The form is strict: recovery id 0 or 1 and not Ethereum's 27 or 28, and low s (EIP-2), so that one signature has one
 * form. Never throws.
 *
 * @returns the public key, compressed, 33 bytes; undefined if the signature is of another form or fits no key
 */
export function recoverSigner(signature: Uint8Array, message: Uint8Array): Uint8Array | undefined {
  const recovery = signature[64];
  if (signature.length !== ECDSA_SIGNATURE_BYTES || (recovery !== 0 && recovery !== 1)) return undefined;
  try {
    // fromBytes refuses r or s that is 0 or not below the group order.
    const parsed = secp256k1.Signature.fromBytes(signature.subarray(0, 64), "compact").addRecoveryBit(recovery);
    if (parsed.hasHighS()) return undefined;
    return parsed.recoverPublicKey(keccak_256(message)).toBytes(true);
  } catch {
    return undefined;
  }
}
