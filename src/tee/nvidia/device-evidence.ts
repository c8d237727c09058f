import { equalBytes } from "@countersign/client/transcript";
import { PemError, parsePemCertificates } from "@countersign/client/x509";
import type { DeviceReport } from "../quote-source.ts";
import { TeeError } from "../tee-error.ts";

/** Most devices of one machine. */
const MAX_DEVICES = 32;
/** Largest evidence of one device; genuine ones have about 4 KiB. Bytes. */
const MAX_EVIDENCE_BYTES = 64 * 1024;
/** Genuine chains have five certificates, and about 5 KiB as text. */
const MAX_CERTIFICATES = 8;
const MAX_CHAIN_BYTES = 32 * 1024;
/** Length of a nonce (SPDM 1.1, DSP0274). Bytes. */
export const NONCE_BYTES = 32;
/** Where the request's nonce stands in the evidence: behind version, code and two parameters. */
const NONCE_IN_REPORT = 4;

/**
 * Reads an evidence list in either of the two forms in use: the list itself, or an object with `evidence_list`. A nonce
 * beside a list or an entry must be the expected one; those inside the evidence are looked at by `requireNonce`.
 *
 * @param json what a helper or a file says; count and sizes are bounded here
 * @param nonce 32 bytes; undefined: any
 * @throws TeeError `tee.malformed`, `tee.mismatch`
 */
export function deviceEvidence(json: unknown, nonce: Uint8Array | undefined): readonly DeviceReport[] {
  const wrapped = Array.isArray(json) ? undefined : members("device evidence", json);
  if (wrapped !== undefined) matchNonce("device evidence", wrapped, nonce);
  const list = wrapped === undefined ? json : wrapped.get("evidence_list");
  if (!Array.isArray(list)) throw new TeeError("tee.malformed", "device evidence: evidence_list is missing or no list");
  if (list.length > MAX_DEVICES)
    throw new TeeError("tee.malformed", `device evidence: more than ${MAX_DEVICES} entries`);
  return list.map((entry, index) => deviceReport(`device ${index}`, entry, nonce));
}

/** @throws TeeError `tee.mismatch` unless every report was made for this nonce */
export function requireNonce(reports: readonly DeviceReport[], nonce: Uint8Array): void {
  for (const [index, { report }] of reports.entries()) {
    if (!equalBytes(report.subarray(NONCE_IN_REPORT, NONCE_IN_REPORT + NONCE_BYTES), nonce)) {
      throw new TeeError("tee.mismatch", `device ${index}: the evidence is for another nonce`);
    }
  }
}

function deviceReport(name: string, entry: unknown, nonce: Uint8Array | undefined): DeviceReport {
  const values = members(name, entry);
  matchNonce(name, values, nonce);
  const architecture = values.get("arch");
  if (typeof architecture !== "string" || !/^[A-Z0-9_]{1,32}$/.test(architecture)) {
    throw new TeeError("tee.malformed", `${name}: arch is missing or no name`);
  }
  const report = base64(name, "evidence", values.get("evidence"), MAX_EVIDENCE_BYTES);
  const chain = base64(name, "certificate", values.get("certificate"), MAX_CHAIN_BYTES);
  try {
    return { architecture, report, certificates: parsePemCertificates(chain.toString("latin1"), MAX_CERTIFICATES) };
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw new TeeError("tee.malformed", `${name}: certificate is not a PEM chain: ${error.message}`);
  }
}

function members(name: string, value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TeeError("tee.malformed", `${name}: no object`);
  }
  return new Map<string, unknown>(Object.entries(value));
}

function matchNonce(name: string, values: ReadonlyMap<string, unknown>, expected: Uint8Array | undefined): void {
  const stated = values.get("nonce");
  if (stated === undefined) return;
  if (typeof stated !== "string" || !/^[0-9a-fA-F]{64}$/.test(stated)) {
    throw new TeeError("tee.malformed", `${name}: nonce is not ${NONCE_BYTES} bytes in hex`);
  }
  if (expected !== undefined && !equalBytes(Buffer.from(stated, "hex"), expected)) {
    throw new TeeError("tee.mismatch", `${name}: nonce is another than was asked for`);
  }
}

function base64(name: string, member: string, value: unknown, limit: number): Buffer {
  const refuse = (why: string): TeeError => new TeeError("tee.malformed", `${name}: ${member} ${why}`);
  if (typeof value !== "string" || value === "") throw refuse("is missing or no text");
  const tooLarge = `has more than ${limit} bytes`;
  if (value.length > Math.ceil(limit / 3) * 4) throw refuse(tooLarge);
  const bytes = Buffer.from(value, "base64");
  if (bytes.length > limit) throw refuse(tooLarge);
  // Node skips what is not base64; only the text that comes back the same was it.
  if (bytes.toString("base64") !== value) throw refuse("is not base64");
  return bytes;
}
