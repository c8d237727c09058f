import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 as curve } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { secp256k1 } from "../../../signing/index.ts";
import { deriveKey } from "./key-derivation.ts";

export type DerivedKeyAlgorithm = "secp256k1" | "ed25519";

/** A key as the guest agent hands it out. */
export interface DerivedKey {
  /** secp256k1 scalar or Ed25519 seed, 32 bytes. */
  readonly secret: Uint8Array;
  /** Compressed point, 33 bytes, or Ed25519 public key, 32. */
  readonly publicKey: Uint8Array;
  /** By the app root over the public key, by the KMS root over the app root; each r ‖ s ‖ recovery id, 65 bytes. */
  readonly signatureChain: readonly [Uint8Array, Uint8Array];
}

/** The keys of one app. */
export interface AppKeys {
  /** Compressed, 33 bytes. */
  readonly rootPublicKey: Uint8Array;
  /**
   * The key of a path. Purpose and algorithm do not change it: one path asked for two algorithms gives one secret, as
   * in dstack.
   */
  key(path: string, purpose: string, algorithm: DerivedKeyAlgorithm): DerivedKey;
}

/**
 * @param rootKey the app root, a secp256k1 scalar, 32 bytes
 * @param kmsSignature of the KMS root over the app root, 65 bytes
 */
export function appKeys(rootKey: Uint8Array, kmsSignature: Uint8Array): AppKeys {
  return {
    rootPublicKey: curve.getPublicKey(rootKey, true),
    key(path, purpose, algorithm) {
      const secret = deriveKey(rootKey, Buffer.from(path, "utf8"));
      const publicKey = algorithm === "ed25519" ? ed25519.getPublicKey(secret) : curve.getPublicKey(secret, true);
      const statement = Buffer.from(`${purpose}:${Buffer.from(publicKey).toString("hex")}`, "utf8");
      return { secret, publicKey, signatureChain: [signKeccak(statement, rootKey), kmsSignature] };
    },
  };
}

/**
 * The keys of an app under a KMS root.
 *
 * @param kmsRootKey secp256k1 scalar, 32 bytes
 * @param appId 20 bytes
 */
export function issueAppKeys(kmsRootKey: Uint8Array, appId: Uint8Array): AppKeys {
  const rootKey = deriveKey(kmsRootKey, appId, Buffer.from("app-key", "ascii"));
  const statement = Buffer.concat([
    Buffer.from("dstack-kms-issued:", "ascii"),
    appId,
    curve.getPublicKey(rootKey, true),
  ]);
  return appKeys(rootKey, signKeccak(statement, kmsRootKey));
}

function signKeccak(statement: Uint8Array, key: Uint8Array): Uint8Array {
  return secp256k1.sign(keccak_256(statement), key);
}
