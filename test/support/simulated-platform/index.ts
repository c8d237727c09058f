/**
 * Quotes with collateral for tests of a verifier: correct ones, and ones with a single fault around which every
 * signature is good, so that nothing but the check in question can refuse.
 *
 *     const { quote, collateral, rootCertificate, now, reportData } = makePlatform();                    // accepted
 *     makePlatform({ quote: { format: "v5-td15", body: { mrServiceTd: new Uint8Array(48).fill(1) } } });  // signed so
 *     makePlatform({ status: { module: "OutOfDate" }, revoked: ["pck"], rootCrlFault: "expired" });       // composable
 *     for (const { name, options, checks } of QUOTE_FAULTS) ...                                           // the tables
 *
 * - `makePlatform(options)`: see PlatformOptions. Without `certificates` all calls of a process share one PKI. Keys
 *   and signatures are random; everything else is the same at every call. `now` is fixed (NOW), the clock is not read.
 * - `QUOTE_FAULTS`, `CHAIN_FAULTS`, `COLLATERAL_FAULTS`: one row per fault with the ids of the checks of which at least
 *   one must fail. `ACCEPTED`: rows that must be accepted although they are unusual.
 * - `STATUS_ROWS`: statuses of platform, module and quoting enclave with the one they merge to.
 * - `lengthFields(quote)`, `wrongLengths(quote, field)`: every length in a quote, and quotes with it wrong.
 * - `REVOCATION_LIST_FAULTS`, `DOCUMENT_FAULTS`: the names that the options take.
 */
export { CHAIN_FAULTS } from "./chain-faults.ts";
export { COLLATERAL_FAULTS } from "./collateral-faults.ts";
export { DOCUMENT_FAULTS, type DocumentFault } from "./document-fault.ts";
export type { FaultRow } from "./fault-row.ts";
export type { CollateralFields, CollateralOptions, RevocableCertificate } from "./make-collateral.ts";
export {
  type MadePlatform,
  makePlatform,
  NOW,
  type PlatformCertificates,
  type PlatformOptions,
} from "./make-platform.ts";
export { ACCEPTED, QUOTE_FAULTS } from "./quote-faults.ts";
export { type LengthField, lengthFields, wrongLengths } from "./quote-layout.ts";
export { REVOCATION_LIST_FAULTS, type RevocationListFault } from "./revocation-list-fault.ts";
export { STATUS_ROWS, type StatusRow } from "./status-rows.ts";
