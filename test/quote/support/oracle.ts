import { type Collateral, QuoteVerifier } from "@phala/dcap-qvl";

/** What the foreign library makes of a quote. */
export type OracleVerdict =
  | { readonly accepted: true; readonly status: string; readonly advisories: readonly string[] }
  | { readonly accepted: false; readonly reason: string };

/**
 * Asks `@phala/dcap-qvl`, an implementation of other people, what it makes of a quote. It is never in the trust path;
 * see expected-divergences.ts for what it overlooks.
 */
export function askOracle(quote: Uint8Array, collateral: string, now: number, root?: Uint8Array): OracleVerdict {
  try {
    const verifier = root === undefined ? QuoteVerifier.newProd() : QuoteVerifier.newWithRootCa(Buffer.from(root));
    const { status, advisory_ids } = verifier.verify(quote, JSON.parse(collateral) as Collateral, now);
    return { accepted: true, status, advisories: [...new Set(advisory_ids)].sort() };
  } catch (error) {
    return { accepted: false, reason: error instanceof Error ? error.message : "unknown" };
  }
}
