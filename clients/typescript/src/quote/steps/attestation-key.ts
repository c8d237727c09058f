import { crypto, isP256Point } from "../../crypto/index.ts";
import { equalBytes } from "../../transcript/equal-bytes.ts";
import { CheckFailure, type Proven } from "../../verdict/index.ts";
import type { EnclaveReport } from "../enclave-report.ts";
import { isZero } from "../masked.ts";
import type { Quote } from "../quote.ts";

/**
 * The quoting enclave vouches for the attestation key: its report data is the hash of the key and of the
 * authentication data, whatever length that has, and zeros.
 *
 * @returns the key as an uncompressed point
 */
export function bindAttestationKey({ signatureData }: Quote, qeReport: EnclaveReport): Proven<Uint8Array> {
  const { attestationKey, qeAuthData } = signatureData;
  const bound = qeReport.reportData;
  if (!equalBytes(bound.subarray(0, 32), crypto.digest("sha256", attestationKey, qeAuthData))) {
    throw new CheckFailure("the quoting enclave's report is for another attestation key");
  }
  if (!isZero(bound.subarray(32))) throw new CheckFailure("the quoting enclave's report data does not end in zeros");
  if (!isP256Point(attestationKey)) throw new CheckFailure("the attestation key is not a point of P-256");
  const point = new Uint8Array(65);
  point[0] = 0x04;
  point.set(attestationKey, 1);
  return { value: point, cause: "the quoting enclave's report commits to the attestation key" };
}
