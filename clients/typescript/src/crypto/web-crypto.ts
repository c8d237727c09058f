import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { type CryptoProvider, hasEcdsaForm } from "./crypto-provider.ts";

const HASHERS = { sha256, sha384, sha512 } as const;
const WEB_NAMES = { sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" } as const;

/** A view WebCrypto accepts: its types exclude shared memory. */
const unshared = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** WebCrypto, with hashes that need no promise. */
export const crypto: CryptoProvider = {
  digest(algorithm, ...parts) {
    const hasher = HASHERS[algorithm].create();
    for (const part of parts) hasher.update(part);
    return hasher.digest();
  },

  async verifyEcdsa(input) {
    if (!hasEcdsaForm(input)) return false;
    const { curve, hash, publicKey, message, signature } = input;
    const { subtle } = globalThis.crypto;
    try {
      const key = await subtle.importKey("raw", unshared(publicKey), { name: "ECDSA", namedCurve: curve }, false, [
        "verify",
      ]);
      const algorithm = { name: "ECDSA", hash: WEB_NAMES[hash] };
      return await subtle.verify(algorithm, key, unshared(signature), unshared(message));
    } catch {
      return false;
    }
  },
};
