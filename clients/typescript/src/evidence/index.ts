export { AttestationError } from "./attestation-error.ts";
export { BUNDLE_FORMAT, type EvidenceBundle, readBundle, writeBundle } from "./bundle.ts";
export type { AttestedConnection, ConnectionEvidence, VerifyConnection } from "./connection-evidence.ts";
export { type ConnectionStatement, connectionReportData } from "./connection-report-data.ts";
export { type EvidenceStatement, evidenceReportData, gpuNonce, NONCE_BYTES } from "./report-data.ts";
export { type BundleInput, verifyBundle } from "./verify-bundle.ts";
export { verifyConnection } from "./verify-connection.ts";
export {
  type BoundConnection,
  type EvidenceInput,
  type EvidenceVerification,
  verifyEvidence,
} from "./verify-evidence.ts";
