import type { ModelDigest, Usage } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import type { SealStatusName } from "../transcript/index.ts";

/** A signature with the id of its key. */
export interface VerifiedSignature {
  /** Id of the key in the trusted keyset. */
  readonly keyId: string;
  /** ECDSA: 65 bytes r ‖ s ‖ v. Ed25519: 64 bytes. */
  readonly value: Uint8Array;
}

/** A seal whose every field and both signatures were verified. */
export interface VerifiedSeal {
  /** How the exchange ended. */
  readonly status: SealStatusName;
  /** `n`. */
  readonly chunkCount: bigint;
  /** `q`, 32 bytes. */
  readonly requestDigest: Uint8Array;
  /** `h_n`, 32 bytes. */
  readonly finalHash: Uint8Array;
  /** `b`, 32 bytes. */
  readonly bodyDigest: Uint8Array;
  /** Model asked for. */
  readonly model: string;
  /** Digest of the model that served, and what it is a digest of. */
  readonly modelDigest: ModelDigest;
  /** Id the engine gave its answer. */
  readonly responseId: string;
  /** Id of the receipt. */
  readonly receiptId: string;
  /** When the request was accepted, as the gateway states it, Unix milliseconds. */
  readonly createdUnixMs: bigint;
  /** When the seal was made, as the gateway states it, Unix milliseconds. */
  readonly sealedUnixMs: bigint;
  /** Token counts, if the engine reported them; never of an encrypted call, whose answer holds them. */
  readonly usage: Usage | undefined;
  /** Why the exchange did not complete; empty when it did. */
  readonly failureReason: string;
  /** Digest of the keyset that holds the signing keys, 32 bytes. */
  readonly keysetDigest: Uint8Array;
  /** The text both signatures cover. */
  readonly signedText: string;
  /** The metadata, exactly the bytes whose digest is in the text. */
  readonly metadata: Uint8Array;
  /** ECDSA secp256k1 under EIP-191. */
  readonly ecdsa: VerifiedSignature;
  /** Ed25519. */
  readonly ed25519: VerifiedSignature;
}
