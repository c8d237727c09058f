import { createRequire } from "node:module";
import { secp256k1 as noble } from "@noble/curves/secp256k1.js";

/** Recoverable ECDSA over secp256k1 with RFC 6979 nonces and low s. */
interface Secp256k1 {
  /** `libsecp256k1` (native, about 50 µs a signature) or `noble` (JavaScript, about 700 µs). Both give the same bytes. */
  readonly implementation: "libsecp256k1" | "noble";
  /** Signs a 32-byte digest; returns r ‖ s ‖ recovery id (0 or 1), 65 bytes. */
  sign(digest: Uint8Array, secret: Uint8Array): Uint8Array;
}

interface NativeBinding {
  ecdsaSign(digest: Uint8Array, secret: Uint8Array): { signature: Uint8Array; recid: number };
}

/**
 * The package's main entry falls back silently to a slow implementation that is not constant-time; its `bindings`
 * entry throws instead. Where no native build exists we take noble, and start-up says which one is in use.
 */
function loadNative(): NativeBinding | undefined {
  try {
    return createRequire(import.meta.url)("secp256k1/bindings.js") as NativeBinding;
  } catch {
    return undefined;
  }
}

function withNative(native: NativeBinding): Secp256k1 {
  return {
    implementation: "libsecp256k1",
    sign(digest, secret) {
      const { signature, recid } = native.ecdsaSign(digest, secret);
      const out = new Uint8Array(65);
      out.set(signature);
      out[64] = recid;
      return out;
    },
  };
}

const withNoble: Secp256k1 = {
  implementation: "noble",
  sign(digest, secret) {
    const signature = noble.sign(digest, secret, { prehash: false, format: "recovered", lowS: true });
    const out = new Uint8Array(65);
    // noble puts the recovery id first; EIP-191 signatures carry it last.
    out.set(signature.subarray(1));
    out[64] = signature[0] as number;
    return out;
  },
};

const native = loadNative();

/** The implementation in use. */
export const secp256k1: Secp256k1 = native === undefined ? withNoble : withNative(native);

/** Uncompressed public key, 65 bytes. Throws if the secret is not a valid scalar. */
export function secp256k1PublicKey(secret: Uint8Array): Uint8Array {
  return noble.getPublicKey(secret, false);
}
