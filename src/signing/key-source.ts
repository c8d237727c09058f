import type { KeySourceKind } from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import type { HeldRole, SigningAlgorithm } from "./key-role.ts";

/** A private key as a source hands it over. */
export interface SecretKey {
  /** Ed25519 seed or secp256k1 scalar, 32 bytes. */
  readonly secret: Uint8Array;
  /** Signatures by which the source vouches for the key, outermost last. Empty for generated keys. */
  readonly custodyChain: readonly Uint8Array[];
}

/** Where private keys come from: generated for development; a KMS behind the same interface. */
export interface KeySource {
  /** What the keyset says about the source. */
  readonly kind: KeySourceKind;
  /**
   * The key for one role and algorithm: always the same one for the same pair, and never the same for two pairs.
   * Rejects if the source cannot be reached; start-up then fails.
   */
  key(role: HeldRole, algorithm: SigningAlgorithm): Promise<SecretKey>;
}
