import { crypto } from "../crypto/index.ts";

/** Length of a nonce. Bytes. */
export const NONCE_BYTES = 32;

/** What native evidence commits to, each as the exact bytes that travel. */
export interface EvidenceStatement {
  /** The caller's, 32 bytes. */
  readonly nonce: Uint8Array;
  /** Serialised Keyset. */
  readonly keyset: Uint8Array;
  /** Serialised DeviceEvidence. */
  readonly devices: Uint8Array;
  /** Serialised ServingManifest. */
  readonly manifest: Uint8Array;
}

/** Label and separator: no other statement of this project begins with these bytes. */
const LABEL = new TextEncoder().encode("countersign.attestation.v1\0");
const GPU_NONCE_LABEL = new TextEncoder().encode("countersign.gpu-nonce.v1\0");

/**
 * The report data of native evidence: `SHA-256("countersign.attestation.v1" ‖ 0x00 ‖ nonce ‖ SHA-256(keyset) ‖
 * SHA-256(devices) ‖ SHA-256(manifest)) ‖ 32 zero bytes`.
 *
 * @returns 64 bytes
 * @throws RangeError if the nonce is not 32 bytes: what follows it would shift
 */
export function evidenceReportData({ nonce, keyset, devices, manifest }: EvidenceStatement): Uint8Array {
  assertNonce(nonce);
  const digest = crypto.digest("sha256", LABEL, nonce, ...[keyset, devices, manifest].map(sha256));
  const reportData = new Uint8Array(64);
  reportData.set(digest);
  return reportData;
}

/**
 * The nonce of the GPU reports in native evidence: `SHA-256("countersign.gpu-nonce.v1" ‖ 0x00 ‖ nonce ‖
 * SHA-256(keyset))`, so that a report cannot be borrowed from another gateway.
 *
 * @param nonce the caller's, 32 bytes
 * @param keyset serialised Keyset
 * @returns 32 bytes
 * @throws RangeError if the nonce is not 32 bytes
 */
export function gpuNonce(nonce: Uint8Array, keyset: Uint8Array): Uint8Array {
  assertNonce(nonce);
  return crypto.digest("sha256", GPU_NONCE_LABEL, nonce, sha256(keyset));
}

function sha256(bytes: Uint8Array): Uint8Array {
  return crypto.digest("sha256", bytes);
}

function assertNonce(nonce: Uint8Array): void {
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`a nonce is ${NONCE_BYTES} bytes, not ${nonce.length}`);
}
