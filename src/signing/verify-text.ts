import { verify } from "node:crypto";
import { secp256k1 as noble } from "@noble/curves/secp256k1.js";
import type { SigningIdentity } from "./dual-signer.ts";
import { ed25519PublicKeyObject } from "./ed25519.ts";
import { eip191Digest } from "./eip191.ts";

/** Longest text that is looked at. Characters. */
const MAX_TEXT_LENGTH = 4096;

function verifyEcdsa(publicKey: Uint8Array, text: string, signature: Uint8Array): boolean {
  if (signature.length !== 65) return false;
  const v = signature[64];
  if (v !== 27 && v !== 28) return false;
  const digest = eip191Digest(text);
  try {
    if (!noble.verify(signature.subarray(0, 64), digest, publicKey, { prehash: false, lowS: true })) return false;
    // The recovery id is part of the signature: one that names another key is not this signature.
    const recovered = noble.Signature.fromBytes(signature.subarray(0, 64))
      .addRecoveryBit(v - 27)
      .recoverPublicKey(digest);
    return Buffer.compare(recovered.toBytes(false), publicKey) === 0;
  } catch {
    return false;
  }
}

/**
 * Checks a signature over `text` under the key `keyId` of `signers`. Returns undefined if it is valid, else why not, in
 * one sentence. All inputs but the signers are attacker-controlled.
 */
export function verifyText(
  signers: readonly SigningIdentity[],
  text: string,
  keyId: string,
  signature: Uint8Array,
): string | undefined {
  if (text.length > MAX_TEXT_LENGTH) return `The text is longer than ${MAX_TEXT_LENGTH} characters.`;
  for (const signer of signers) {
    if (keyId === signer.ecdsaKeyId) {
      return verifyEcdsa(signer.ecdsaPublicKey, text, signature) ? undefined : "The ECDSA signature is not valid.";
    }
    if (keyId === signer.ed25519KeyId) {
      const key = ed25519PublicKeyObject(signer.ed25519PublicKey);
      const valid = signature.length === 64 && verify(null, Buffer.from(text), key, signature);
      return valid ? undefined : "The Ed25519 signature is not valid.";
    }
  }
  return "The key id names no current signing key.";
}
