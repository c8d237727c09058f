import { sharedFile, sharedVectors } from "../../support/shared-vectors.ts";

/** A genuine quote with collateral and the moment at which both hold. */
export interface GenuineCase {
  readonly quote: Uint8Array;
  /** JSON text. */
  readonly collateral: string;
  /** Unix seconds. */
  readonly now: number;
}

/** 2025-07-01T00:00:00Z and 2026-03-01T00:00:00Z: inside the windows of the two sets of collateral. */
const JULY_2025 = 1_751_328_000;
const MARCH_2026 = 1_772_323_200;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function genuine(quote: Uint8Array | undefined, collateral: string, now: number): GenuineCase | undefined {
  const document = sharedFile(`tdx/${collateral}`);
  return quote === undefined || document === undefined ? undefined : { quote, collateral: text(document), now };
}

/** A current platform: version 4, TD 1.0. */
export const current = genuine(sharedFile("tdx/tdx_quote"), "tdx_quote_collateral.json", JULY_2025);

/** A platform below every level: version 5, TD 1.5. */
export const outdated = genuine(sharedFile("tdx/tdx_quote_outdated"), "tdx_quote_outdated_collateral.json", MARCH_2026);

const report = sharedVectors<{ readonly quote: string }>("tdx/quote-report.json");
/** A current platform under dstack. */
export const dstack = genuine(
  report && new Uint8Array(Buffer.from(report.quote, "hex")),
  "tdx_quote_outdated_collateral.json",
  MARCH_2026,
);

/** A well-formed quote that is not TDX's. */
export const sgx = genuine(sharedFile("tdx/sgx_quote"), "sgx_quote_collateral.json", JULY_2025);
