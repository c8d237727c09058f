import type { Evidence } from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import type { Policy } from "../policy/index.ts";
import type { Verdict } from "../verdict/index.ts";

/** What a TLS connection and its evidence are judged by. All but `evidence` was made or captured on this side. */
export interface ConnectionEvidence {
  /** As the gateway answered; attacker-controlled. */
  readonly evidence: Evidence;
  /** What the evidence was asked for with, 32 random bytes. Compare with this, never with the evidence's own copy. */
  readonly nonce: Uint8Array;
  /** The leaf certificate of the connection, DER. */
  readonly leaf: Uint8Array;
  /** Its SubjectPublicKeyInfo, DER. */
  readonly leafSpki: Uint8Array;
  /** Exporter value of the connection under the native label, the nonce being its context. 32 bytes. */
  readonly exporter: Uint8Array;
  /** Moment of judgement. Unix seconds. */
  readonly now: number;
  readonly policy: Policy;
}

/** What the evidence of a connection proved. */
export interface AttestedConnection {
  /** The accepted verdict. */
  readonly verdict: Verdict;
  /** Serialised Keyset, which the evidence commits to. */
  readonly keyset: Uint8Array;
  /** SHA-256 of it, 32 bytes. */
  readonly keysetDigest: Uint8Array;
}

/**
 * Judges the evidence of a connection.
 *
 * @throws CountersignError `attestation.refused` (an AttestationError with the verdict) and others of its codes
 */
export type VerifyConnection = (input: ConnectionEvidence) => Promise<AttestedConnection>;
