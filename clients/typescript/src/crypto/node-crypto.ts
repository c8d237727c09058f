import { createHash, createPublicKey, hash as hashOnce, verify } from "node:crypto";
import { COORDINATE_BYTES, type CryptoProvider, hasEcdsaForm } from "./crypto-provider.ts";

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

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
    const coordinate = COORDINATE_BYTES[curve];
    const x = base64url(publicKey.subarray(1, 1 + coordinate));
    const y = base64url(publicKey.subarray(1 + coordinate));
    try {
      // Import by coordinates refuses a point that is not on the curve.
      const key = createPublicKey({ key: { kty: "EC", crv: curve, x, y }, format: "jwk" });
      return verify(hash, message, { key, dsaEncoding: "ieee-p1363" }, signature);
    } catch {
      return false;
    }
  },
};
