import type { Platform } from "../platform/index.ts";
import type { Attestation } from "./attestation.ts";
import type { AttestationResults } from "./attestation-result.ts";
import type { PrivasysAttestation } from "./privasys-attestation.ts";

/** What the doors need to answer for the platform. */
export interface AttestationServices {
  readonly attestation: Attestation;
  readonly privasys: PrivasysAttestation;
  readonly results: AttestationResults;
  readonly platform: Platform;
  /** SHA-256 of the SubjectPublicKeyInfo reports can be bound to; undefined without a TLS certificate. */
  readonly tlsFingerprint: Uint8Array | undefined;
}
