import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure } from "../verdict/index.ts";
import type { Certificate } from "../x509/index.ts";
import { CLOCK_LEEWAY_SECONDS } from "./leaf-certificate.ts";
import type { LeafEvidence } from "./leaf-evidence.ts";
import { minuteText } from "./minute.ts";
import { dstackReportData, ratlsReportData, tcgReportData } from "./report-data.ts";
import { claimsName, decodeTcgClaims } from "./tcg-evidence.ts";

/** Evidence of some form. */
export type PresentEvidence = Exclude<LeafEvidence, { readonly form: "none" }>;

const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_DAY = 86_400;

/**
 * The report data that evidence about this leaf must have, from the leaf's own key and, in the deterministic form, its
 * own notBefore.
 *
 * @returns 64 bytes
 * @throws CheckFailure if the evidence is about another key, or too old
 */
export function leafReportData(leaf: Certificate, evidence: PresentEvidence, now: number): Uint8Array {
  const spki = leaf.publicKey.encoded;
  switch (evidence.form) {
    case "deterministic": {
      const { gpuEvidence } = evidence;
      judgeMinute(leaf.notBefore, now);
      const binding = new TextEncoder().encode(minuteText(leaf.notBefore));
      return ratlsReportData({ spki, binding, ...(gpuEvidence === undefined ? {} : { gpuEvidence }) });
    }
    case "tcg":
      if (!claimsName(decodeTcgClaims(evidence.claims), spki)) {
        throw new CheckFailure("the claims are about another key than the leaf's");
      }
      return tcgReportData(evidence.claims);
    case "dstack":
      return dstackReportData(spki);
  }
}

/** Compares in constant time, and never with an expectation of another length. */
export function assertReportData(actual: Uint8Array, expected: Uint8Array): void {
  if (expected.length === 64 && equalBytes(actual, expected)) return;
  throw new CheckFailure(
    "the quote was made for other bytes than this leaf's key and form give",
    "the gateway must serve the leaf its quote was made for",
  );
}

/** A deterministic quote is for one minute, and good for a day. */
function judgeMinute(notBefore: number, now: number): void {
  if (notBefore % SECONDS_PER_MINUTE !== 0) {
    throw new CheckFailure("the leaf's notBefore is not a whole minute, as its form demands");
  }
  const remedy = "have the gateway issue its leaf anew, or check the clock";
  if (now - notBefore > SECONDS_PER_DAY + CLOCK_LEEWAY_SECONDS) {
    throw new CheckFailure("the leaf's evidence is older than a day", remedy);
  }
  if (notBefore - now > CLOCK_LEEWAY_SECONDS) throw new CheckFailure("the leaf's evidence is of the future", remedy);
}
