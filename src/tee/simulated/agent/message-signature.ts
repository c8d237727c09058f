import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 as curve } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { secp256k1 } from "../../../signing/index.ts";
import type { AppKeys, DerivedKeyAlgorithm } from "../kms/index.ts";
import { AgentRefusal } from "./agent-refusal.ts";

/** A signature of the app's signing key. */
export interface MessageSignature {
  /** 64 bytes. */
  readonly signature: Uint8Array;
  readonly publicKey: Uint8Array;
  /** The signature itself, then the custody chain of the key. */
  readonly signatureChain: readonly [Uint8Array, Uint8Array, Uint8Array];
}

/** One way to sign: over which key, and how the data becomes what is signed. */
interface Scheme {
  readonly key: DerivedKeyAlgorithm;
  sign(data: Uint8Array, secret: Uint8Array): Uint8Array;
  verify(signature: Uint8Array, data: Uint8Array, publicKey: Uint8Array): boolean;
}

function ecdsa(digest: (data: Uint8Array) => Uint8Array): Scheme {
  return {
    key: "secp256k1",
    // The recovery id stays behind.
    sign: (data, secret) => secp256k1.sign(digest(data), secret).subarray(0, 64),
    verify: (signature, data, publicKey) =>
      curve.verify(signature, digest(data), publicKey, { prehash: false, lowS: true, format: "compact" }),
  };
}

const PLAIN_ECDSA = ecdsa((data) => sha256(data));

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ["ed25519", { key: "ed25519", sign: (data, secret) => ed25519.sign(data, secret), verify: verifyEd25519 }],
  ["secp256k1", PLAIN_ECDSA],
  ["k256", PLAIN_ECDSA],
  ["secp256k1_prehashed", ecdsa(prehashed)],
]);

/** Path and purpose of the key that dstack signs messages with. */
const KEY = { path: "vms", purpose: "signing" } as const;

/** @throws AgentRefusal */
export function signMessage(keys: AppKeys, algorithm: string, data: Uint8Array): MessageSignature {
  const { key, sign } = schemeOf(algorithm);
  const { secret, publicKey, signatureChain } = keys.key(KEY.path, KEY.purpose, key);
  const signature = sign(data, secret);
  return { signature, publicKey, signatureChain: [signature, ...signatureChain] };
}

/** A malformed key or signature is not valid. Throws AgentRefusal for an unknown algorithm and data of a wrong size. */
export function verifyMessage(
  algorithm: string,
  data: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  const { verify } = schemeOf(algorithm);
  try {
    return verify(signature, data, publicKey);
  } catch (error) {
    if (error instanceof AgentRefusal) throw error;
    return false;
  }
}

function schemeOf(algorithm: string): Scheme {
  const scheme = SCHEMES.get(algorithm);
  if (scheme === undefined) throw new AgentRefusal("algorithm: unsupported");
  return scheme;
}

function prehashed(data: Uint8Array): Uint8Array {
  if (data.length !== 32) throw new AgentRefusal("data: a digest has 32 bytes");
  return data;
}

function verifyEd25519(signature: Uint8Array, data: Uint8Array, publicKey: Uint8Array): boolean {
  return ed25519.verify(signature, data, publicKey);
}
