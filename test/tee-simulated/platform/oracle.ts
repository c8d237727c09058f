import { type Collateral, QuoteVerifier } from "@phala/dcap-qvl";

/** A verifier of quotes that shares nothing with ours. Lenient: use it for what it accepts, and for what it refuses. */
export function oracleStatus(
  quote: Uint8Array,
  collateral: string,
  now: number,
  rootCertificate?: Uint8Array,
): { readonly status: string; readonly advisories: readonly string[] } {
  const verifier =
    rootCertificate === undefined ? QuoteVerifier.newProd() : QuoteVerifier.newWithRootCa(Buffer.from(rootCertificate));
  const container: Collateral = JSON.parse(collateral);
  const { status, advisory_ids } = verifier.verify(Buffer.from(quote), container, now);
  return { status, advisories: advisory_ids };
}
