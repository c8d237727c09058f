import { DerReader } from "../der/index.ts";
import { CheckFailure } from "../verdict/index.ts";
import type { Certificate } from "../x509/index.ts";
import { readLeafEventLog } from "./leaf-event-log.ts";
import { FOREIGN_EVIDENCE_OIDS, LEAF_OID } from "./leaf-oid.ts";
import { decodeTcgEvidence } from "./tcg-evidence.ts";

/** Evidence as a leaf carries it. Nothing of it is verified. */
export type LeafEvidence =
  /** Privasys' first version without a challenge: made anew every day, for the minute of notBefore. */
  | {
      readonly form: "deterministic";
      readonly quote: Uint8Array;
      /** The whole envelope, as it is folded into the report data. */
      readonly gpuEvidence: Uint8Array | undefined;
    }
  /** The Confidential Computing Consortium's interoperable form. */
  | { readonly form: "tcg"; readonly quote: Uint8Array; readonly claims: Uint8Array }
  /** dstack's, made when the key was issued. */
  | { readonly form: "dstack"; readonly quote: Uint8Array; readonly eventLog: string | undefined }
  /** No evidence: the connection has to be attested instead. */
  | { readonly form: "none" };

/** In which form a leaf carries evidence. */
export type LeafForm = LeafEvidence["form"];

/**
 * Finds a leaf's evidence. One quote has one report data, so a leaf carries one form; two are refused, because which of
 * them counts would be the server's choice. Identifiers are compared whole, and evidence of unknown kinds is refused.
 *
 * @throws CheckFailure, DerError
 */
export async function readLeafEvidence({ extensions }: Certificate): Promise<LeafEvidence> {
  for (const [oid, what] of Object.entries(FOREIGN_EVIDENCE_OIDS)) {
    if (extensions.has(oid)) throw new CheckFailure(`the leaf carries ${what}, which this verifier does not read`);
  }
  const value = (oid: string): Uint8Array | undefined => extensions.get(oid)?.value;
  const quote = value(LEAF_OID.tdxQuote);
  const gpuEvidence = value(LEAF_OID.gpuEvidence);
  const tcg = value(LEAF_OID.tcgEvidence);
  const dstack = value(LEAF_OID.dstackQuote);
  const found = [quote, tcg, dstack].filter((one) => one !== undefined);
  if (found.length > 1) throw new CheckFailure("the leaf carries evidence in more than one form");
  if (gpuEvidence !== undefined && quote === undefined) {
    throw new CheckFailure("the leaf carries GPU evidence without the quote that would commit to it");
  }
  if (quote !== undefined) return { form: "deterministic", quote, gpuEvidence };
  if (tcg !== undefined) return { form: "tcg", ...decodeTcgEvidence(tcg) };
  const log = value(LEAF_OID.dstackEventLog);
  if (dstack !== undefined) {
    const eventLog = log === undefined ? undefined : await readLeafEventLog(unwrap(log, "event log"));
    return { form: "dstack", quote: unwrap(dstack, "quote"), eventLog };
  }
  if (log !== undefined) throw new CheckFailure("the leaf carries an event log without a quote to hold it against");
  return { form: "none" };
}

/** dstack's values stand in an OCTET STRING of their own inside extnValue. */
function unwrap(value: Uint8Array, what: string): Uint8Array {
  const reader = new DerReader(value);
  const content = reader.octetString(what);
  reader.end(what);
  return content;
}
