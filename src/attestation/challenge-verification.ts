import type { Policy } from "@countersign/client/policy";
import { parseQuote, type Quote, verifyQuote } from "@countersign/client/quote";
import { ratlsReportData } from "@countersign/client/ratls";
import { CheckFailure, Checks, concludeVerdict, type Verdict } from "@countersign/client/verdict";

/** An answer of `POST /__privasys/attest` with what this side of its connection knows. */
export interface ChallengeInput {
  /** JSON; judged as any peer's. */
  readonly answer: Uint8Array;
  /** DER SubjectPublicKeyInfo of the leaf this side was presented. */
  readonly spki: Uint8Array;
  /** What was sent as context, 32 bytes. */
  readonly challenge: Uint8Array;
  /** This side's exporter value for it, 32 bytes. */
  readonly exporter: Uint8Array;
  readonly policy: Policy;
  /** Unix seconds. */
  readonly now: number;
  /** Gets the collateral of a quote. */
  readonly collateralOf: (quote: Uint8Array) => Promise<string | undefined>;
}

/** What the answer to a challenge proved about its connection. */
export interface ChallengeVerification {
  readonly verdict: Verdict;
  readonly quote: ParsedQuote | undefined;
  /** The minute the answer names. Not part of what is quoted. */
  readonly quoteTime: string | undefined;
}

/** A quote's bytes beside what they hold. */
export interface ParsedQuote {
  readonly bytes: Uint8Array;
  readonly fields: Quote;
}

/** Verifies that a quote was made for this challenge on this connection, and then the quote itself. */
export async function verifyChallenge(input: ChallengeInput): Promise<ChallengeVerification> {
  const { spki, challenge, exporter, policy, now, collateralOf } = input;
  const checks = new Checks();
  checks.pass("tls.version", "TLS 1.3, and no earlier session was offered");
  const binding = new Uint8Array([...challenge, ...exporter]);
  const expectedReportData = ratlsReportData({ spki, binding });
  const answer = await checks.run("tls.channel", () => {
    const read = readAnswer(input.answer);
    const fields = parseQuote(read.quote);
    // Both are 64 bytes that anybody may see: nothing is learnt from how long comparing them takes.
    if (Buffer.compare(fields.body.reportData, expectedReportData) !== 0) {
      throw new CheckFailure(
        "the quote was made for another challenge, leaf or connection",
        "nothing may end TLS between this process and its own listener",
      );
    }
    return { value: { ...read, fields }, cause: "the quote was made for the challenge on this very connection" };
  });
  const { quote, fields, quoteTime } = answer ?? {};
  let simulated = false;
  let facts: Verdict["facts"] = {};
  if (quote === undefined) {
    checks.skip("quote.signature", "there is no quote about this connection");
  } else {
    const verified = await verifyQuote({
      quote,
      collateral: await collateralOf(quote),
      now,
      policy,
      expectedReportData,
    });
    checks.include(verified.checks);
    ({ simulated, facts } = verified);
  }
  return {
    verdict: concludeVerdict({ subject: "quote", checks, policy, now, simulated, facts }),
    quote: quote === undefined || fields === undefined ? undefined : { bytes: quote, fields },
    quoteTime,
  };
}

function readAnswer(body: Uint8Array): { readonly quote: Uint8Array; readonly quoteTime: string } {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw CheckFailure.malformed("the answer is not JSON");
  }
  if (typeof value !== "object" || value === null) throw CheckFailure.malformed("the answer is not an object");
  const { v, mode, tee, quote, gpu_evidence, quote_time } = value as Readonly<Record<string, unknown>>;
  if (v !== 2 || mode !== "challenge") throw new CheckFailure("the answer is of another version or mode");
  if (tee !== "tdx" || gpu_evidence !== null) throw new CheckFailure("the answer is about another kind of platform");
  if (typeof quote !== "string" || !/^[A-Za-z0-9_-]+$/.test(quote)) {
    throw CheckFailure.malformed("quote is not base64url");
  }
  if (typeof quote_time !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/.test(quote_time)) {
    throw CheckFailure.malformed("quote_time is not a minute");
  }
  return { quote: new Uint8Array(Buffer.from(quote, "base64url")), quoteTime: quote_time };
}
