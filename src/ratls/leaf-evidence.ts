import {
  dstackReportData,
  encodeTcgClaims,
  encodeTcgEvidence,
  LEAF_OID,
  minuteText,
  ratlsReportData,
  tcgReportData,
} from "@countersign/client/ratls";
import type { CertificateExtension } from "../certificates/index.ts";
import { der } from "../der/index.ts";
import type { QuoteSource } from "../tee/quote-source.ts";

/** The form in which a leaf carries evidence; one quote has one report data, so a leaf has one form. */
export type LeafEvidenceForm = "deterministic" | "tcg" | "dstack" | "none";

/** What a leaf is minted with: evidence about its key, and the moment that evidence speaks of. */
export interface LeafEvidence {
  readonly extensions: readonly CertificateExtension[];
  /** The leaf's notBefore, a whole minute. Unix seconds. The deterministic form hashes exactly this minute. */
  readonly notBefore: number;
}

const SECONDS_PER_MINUTE = 60;

/**
 * Has one quote made about a leaf's key, in the form that is wanted. `none` costs no quote.
 *
 * @param spki DER SubjectPublicKeyInfo
 * @param now Unix seconds
 * @throws TeeError
 */
export async function makeLeafEvidence(
  form: LeafEvidenceForm,
  quotes: QuoteSource,
  spki: Uint8Array,
  now: number,
): Promise<LeafEvidence> {
  const notBefore = Math.floor(now / SECONDS_PER_MINUTE) * SECONDS_PER_MINUTE;
  const extension = (oid: string, value: Uint8Array): CertificateExtension => ({ oid, critical: false, value });
  switch (form) {
    case "none":
      return { extensions: [], notBefore };
    case "deterministic": {
      const binding = new TextEncoder().encode(minuteText(notBefore));
      const { quote } = await quotes.quote(ratlsReportData({ spki, binding }));
      return { extensions: [extension(LEAF_OID.tdxQuote, quote)], notBefore };
    }
    case "tcg": {
      const claims = encodeTcgClaims(spki);
      const { quote } = await quotes.quote(tcgReportData(claims));
      return { extensions: [extension(LEAF_OID.tcgEvidence, encodeTcgEvidence({ quote, claims }))], notBefore };
    }
    case "dstack": {
      const { quote, eventLog } = await quotes.quote(dstackReportData(spki));
      // dstack wraps every value in an OCTET STRING of its own inside extnValue.
      const log = eventLog === undefined ? [] : [extension(LEAF_OID.dstackEventLog, wrapped(Buffer.from(eventLog)))];
      return { extensions: [extension(LEAF_OID.dstackQuote, wrapped(quote)), ...log], notBefore };
    }
  }
}

function wrapped(value: Uint8Array): Uint8Array {
  return der.octetString(value);
}
