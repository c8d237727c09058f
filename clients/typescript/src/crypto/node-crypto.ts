import { createHash, createPublicKey, hash as hashOnce, type KeyObject, verify } from "node:crypto";
import { COORDINATE_BYTES, type CryptoProvider, type EllipticCurve, hasEcdsaForm } from "./crypto-provider.ts";

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** Public keys that have been imported, by value: a chain's few keys verify most of what there is to verify. */
const imported = new Map<string, KeyObject>();
const MAX_IMPORTED = 64;

/** @throws if the point is not on the curve, which is what import by coordinates refuses */
function importKey(curve: EllipticCurve, publicKey: Uint8Array): KeyObject {
  const coordinate = COORDINATE_BYTES[curve];
  const x = base64url(publicKey.subarray(1, 1 + coordinate));
  const y = base64url(publicKey.subarray(1 + coordinate));
  const name = `${curve} ${x} ${y}`;
  const known = imported.get(name);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: { kty: "EC", crv: curve, x, y }, format: "jwk" });
  const [oldest] = imported.keys();
  if (imported.size === MAX_IMPORTED && oldest !== undefined) imported.delete(oldest);
  imported.set(name, key);
  return key;
}

/**
 * Ecdsa-Sig-Value (RFC 3279, 2.2.3) of r ‖ s. Node takes r ‖ s as well, but only in an options object, and looking
 * through that costs half as much again as the verification.
 */
function ecdsaSignatureToDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  const integers = [derInteger(signature.subarray(0, half)), derInteger(signature.subarray(half))];
  const length = integers.reduce((sum, integer) => sum + integer.length, 0);
  // At most 2 × 51 bytes for P-384: every length fits the short form.
  return Buffer.concat([Uint8Array.of(0x30, length), ...integers]);
}

/** A non-negative INTEGER: leading zeros go, and one comes back where the top bit would make it negative. */
function derInteger(magnitude: Uint8Array): Uint8Array {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Uint8Array.of(0) : magnitude.subarray(first);
  const sign = (digits[0] ?? 0) >= 0x80 ? [0] : [];
  return Uint8Array.from([0x02, sign.length + digits.length, ...sign, ...digits]);
}

/** OpenSSL through `node:crypto`. */
export const crypto: CryptoProvider = {
  digest(algorithm, ...parts) {
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return new Uint8Array(hashOnce(algorithm, only, "buffer"));
    const hasher = createHash(algorithm);
    for (const part of parts) hasher.update(part);
    return new Uint8Array(hasher.digest());
  },

  async verifyEcdsa(input) {
    if (!hasEcdsaForm(input)) return false;
    const { curve, hash, publicKey, message, signature } = input;
    try {
      return verify(hash, message, importKey(curve, publicKey), ecdsaSignatureToDer(signature));
    } catch {
      return false;
    }
  },
};
