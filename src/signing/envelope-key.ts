import { type EnvelopeKeyPair, envelopeKeyPair } from "@countersign/client/envelope";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { keyId } from "./key-id.ts";
import type { SecretKey } from "./key-source.ts";

/** The key that requests are encrypted to. */
export interface EnvelopeKey {
  readonly id: string;
  /** X25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly pair: EnvelopeKeyPair;
  /** That of the seed, and the Ed25519 public key it is over; empty if the seed has none. */
  readonly custodyChain: readonly Uint8Array[];
}

/**
 * The envelope key of an Ed25519 seed: the scalar that signing with the seed would use (RFC 8032, 5.1.5), used as an
 * X25519 private key. Its public key is then the Montgomery form (RFC 7748, 4.1) of the Ed25519 public key, which is all
 * a key management service can vouch for. Nothing is ever signed with the seed. Rejects if it has not 32 bytes.
 */
export async function envelopeKey({ secret: seed, custodyChain }: SecretKey): Promise<EnvelopeKey> {
  if (seed.length !== 32) throw new Error("an Ed25519 seed has 32 bytes");
  const secret = ed25519.utils.toMontgomerySecret(seed);
  const publicKey = x25519.getPublicKey(secret);
  return {
    id: keyId("envelope", "x25519", publicKey),
    publicKey,
    pair: await envelopeKeyPair(secret, publicKey),
    custodyChain: custodyChain.length === 0 ? [] : [...custodyChain, ed25519.getPublicKey(seed)],
  };
}
