import type { LeafForm } from "@countersign/client/ratls";
import type { ParsedQuote } from "./challenge-verification.ts";

/** A quote with what was found about it. */
export interface QuoteFinding {
  readonly quote: ParsedQuote;
  readonly simulated: boolean;
  /** What the quote is about: a form of leaf, or a challenge on a connection. */
  readonly attestation: Exclude<LeafForm, "none"> | "challenge";
  /** The minute it speaks of; undefined where it states no time. */
  readonly quoteTime: string | undefined;
  readonly challenged: { readonly challenge: Uint8Array; readonly exporter: Uint8Array } | undefined;
  /** Whether its report data is what this verifier computed. */
  readonly isBound: boolean;
  /** Whether everything about it holds under the policy. */
  readonly isAccepted: boolean;
}

/** A quote as a result reports it. Binary is hex, or base64 where the name says so. */
export function quoteReport(finding: QuoteFinding) {
  const { quote, simulated, attestation, quoteTime, challenged, isBound, isAccepted } = finding;
  const { header, body } = quote.fields;
  return {
    type: "tdx",
    tee: "tdx",
    attestation,
    is_mock: simulated,
    version: header.version,
    format: body.kind,
    quote_time: quoteTime ?? null,
    context: challenged === undefined ? null : hex(challenged.challenge),
    hctx: challenged === undefined ? null : hex(challenged.exporter),
    gpu_evidence_base64: null,
    report_data: hex(body.reportData),
    report_data_verified: isBound,
    challenge_verified: attestation === "challenge" && isAccepted,
    deterministic_verified: attestation === "deterministic" && isAccepted,
    mr_td: hex(body.mrtd),
    rtmr0: hex(body.rtmr0),
    rtmr1: hex(body.rtmr1),
    rtmr2: hex(body.rtmr2),
    rtmr3: hex(body.rtmr3),
    raw_base64: Buffer.from(quote.bytes).toString("base64"),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
