export {
  type Attestation,
  type AttestationOptions,
  createAttestation,
  type ReportRequest,
  tlsFingerprint,
} from "./attestation.ts";
export { attestationError } from "./attestation-error.ts";
export { type AttestationResults, createAttestationResults } from "./attestation-result.ts";
export { type AttestationResult, appId } from "./attestation-result-document.ts";
export type { AttestationServices } from "./attestation-services.ts";
export { callerAddress } from "./caller-address.ts";
export {
  createEvidenceJudge,
  type EvidenceJudge,
  type EvidenceJudgeOptions,
  type JudgeRequest,
} from "./evidence-judge.ts";
export { type LoopbackAddress, loopbackHost } from "./loopback-connection.ts";
export { type NativeEvidenceMaker, NONCE_BYTES, nativeEvidence } from "./native-evidence.ts";
export { type NearReportOptions, type ReportAlgorithm, reportData, signingAddress } from "./near-report.ts";
export {
  createPrivasysAttestation,
  type PrivasysAttestation,
  type PrivasysRequest,
  readPrivasysRequest,
} from "./privasys-attestation.ts";
export { createQuoteLimiter, type QuoteLimiter, type QuoteLimits } from "./quote-limiter.ts";
export { createRateLimiter, type RateLimiter, type RateLimits } from "./rate-limiter.ts";
export { createRefreshedValue, type RefreshedValue } from "./refreshed-value.ts";
export { servingManifest } from "./serving-manifest.ts";
export { createSingleFlight, type SingleFlight } from "./single-flight.ts";
export { type Rate, TokenBucket } from "./token-bucket.ts";
