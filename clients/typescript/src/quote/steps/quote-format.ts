import { CheckFailure, type Checks } from "../../verdict/index.ts";
import { ByteCursor } from "../byte-cursor.ts";
import type { Proof, Prove } from "../proof.ts";
import { parseQuote, type Quote } from "../quote.ts";
import { foreignKind, readQuoteHeader } from "../quote-header.ts";

/**
 * The first two checks: the bytes are a quote, and one of the kind that is accepted. A quote of another kind fails the
 * second by name, and the first is skipped, because nothing behind the header has been looked at.
 */
export async function readQuote(checks: Checks, prove: Prove, bytes: Uint8Array): Promise<Proof<Quote>> {
  const foreign = foreignKindOf(bytes);
  if (foreign !== undefined) {
    checks.skip("quote.format", "only quotes of an accepted kind are read beyond the header");
    return prove("quote.header", {}, () => {
      throw foreign;
    });
  }
  const parsed = await prove("quote.format", {}, () => {
    const quote = parseQuote(bytes);
    return { value: quote, cause: `a quote of version ${quote.header.version} with a ${quote.body.kind} body` };
  });
  return prove("quote.header", { parsed }, ({ parsed: quote }) => ({
    value: quote,
    cause: "a TDX quote with an ECDSA P-256 attestation key, by Intel's quoting enclave",
  }));
}

/** Undefined also for bytes too few for a header: those are malformed, and the format check says so. */
function foreignKindOf(bytes: Uint8Array): CheckFailure | undefined {
  try {
    return foreignKind(readQuoteHeader(new ByteCursor(bytes)));
  } catch (error) {
    if (error instanceof CheckFailure) return undefined;
    throw error;
  }
}
