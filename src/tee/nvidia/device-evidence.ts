import { type EvidenceList, parseEvidenceList } from "@countersign/client/gpu";
import { equalBytes } from "@countersign/client/transcript";
import { CheckFailure } from "@countersign/client/verdict";
import type { DeviceReport } from "../quote-source.ts";
import { TeeError } from "../tee-error.ts";

/** Length of a nonce (SPDM 1.1, DSP0274). Bytes. */
export const NONCE_BYTES = 32;
/** Where the request's nonce stands in the evidence: behind version, code and two parameters. */
const NONCE_IN_REPORT = 4;

/**
 * Reads an evidence list as verifiers will: in either of the two forms in use, within their bounds. A nonce beside a
 * list or an entry must be the expected one; those inside the evidence are looked at by `requireNonce`.
 *
 * @param json what a helper or a file says, parsed
 * @param nonce 32 bytes; undefined: any
 * @throws TeeError `tee.malformed`, `tee.mismatch`
 */
export function deviceEvidence(json: unknown, nonce: Uint8Array | undefined): readonly DeviceReport[] {
  const { devices, statedNonces } = evidenceList(json);
  if (nonce !== undefined && !statedNonces.every((stated) => equalBytes(stated, nonce))) {
    throw new TeeError("tee.mismatch", "device evidence: it states another nonce than was asked for");
  }
  return devices;
}

/** @throws TeeError `tee.mismatch` unless every report was made for this nonce */
export function requireNonce(reports: readonly DeviceReport[], nonce: Uint8Array): void {
  for (const [index, { report }] of reports.entries()) {
    if (!equalBytes(report.subarray(NONCE_IN_REPORT, NONCE_IN_REPORT + NONCE_BYTES), nonce)) {
      throw new TeeError("tee.mismatch", `device ${index}: the evidence is for another nonce`);
    }
  }
}

function evidenceList(json: unknown): EvidenceList {
  // Text would be taken for JSON, and a list inside a text is no form in use.
  if (typeof json === "string") throw new TeeError("tee.malformed", "device evidence: a text, and no list");
  try {
    return parseEvidenceList(json);
  } catch (error) {
    if (error instanceof CheckFailure) throw new TeeError("tee.malformed", error.message);
    throw error;
  }
}
