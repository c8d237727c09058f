/** Rows of the tables on which ours and the foreign library are known to differ, with the reason. */
export interface Divergence {
  readonly reason: string;
  readonly rows: readonly string[];
}

/** We accept, the library rejects. */
export const LIBRARY_TOO_NARROW: readonly Divergence[] = [
  {
    reason: "it takes QE authentication data for 32 bytes long; the length is a field of the quote",
    rows: ["no QE authentication data", "16 bytes of QE authentication data", "64 bytes of QE authentication data"],
  },
];

const lists = (fault: string): string[] => [`root CRL: ${fault}`, `PCK CRL: ${fault}`];
const documents = (fault: string): string[] => [`TCB info: ${fault}`, `enclave identity: ${fault}`];

/** We reject, the library accepts. */
export const LIBRARY_OVERLOOKS: readonly Divergence[] = [
  { reason: "it does not look at the QE vendor id", rows: ["foreign QE vendor"] },
  {
    reason: "it does not look at the outer certification type, which is not signed",
    rows: ["outer certification type 7", "outer certification type 5"],
  },
  { reason: "it does not read what follows the quote", rows: ["trailing junk"] },
  { reason: "it does not judge XFAM", rows: ["xfam bit outside the mask", "xfam without SSE"] },
  {
    reason: "it does not evaluate the TDX module: signer, attributes, identity, level",
    rows: [
      "module signed by somebody else",
      "module attributes",
      "module version without identity",
      "TCB info: module identity absent",
      "UpToDate / Revoked / UpToDate",
    ],
  },
  { reason: "it compares only the first half of the QE's report data", rows: ["tail of the QE's report data"] },
  {
    reason: "it links certificates by signature alone: CA flag, key usage, path length, critical extensions unread",
    rows: [
      "PCK CA without CA flag",
      "PCK CA without certificate signing",
      "root whose path length is exceeded",
      "PCK CA with an unknown critical extension",
    ],
  },
  {
    reason: "it does not hold certificates to their roles",
    rows: [
      "PCK in the role of TCB signing",
      "PCK CA of unknown role",
      "TCB signing of another role",
      ...documents("signed by PCK"),
      ...documents("signed in another role"),
    ],
  },
  {
    reason: "it takes chains of any length, and adds the root itself",
    rows: ["no root", "fourth certificate", ...documents("third certificate")],
  },
  {
    reason: "it compares dates it could not read, and every comparison with them is false",
    rows: documents("unreadable date"),
  },
  { reason: "it takes any later version of TCB info", rows: ["TCB info: wrong version"] },
  {
    reason: "it takes revocation lists it cannot read for empty, and does not verify or date those it can",
    rows: [
      ...["empty", "garbage", "trailing byte", "foreign key", "other issuer", "expired", "future"].flatMap(lists),
      ...["no next update", "unknown critical extension", "delta", "indirect"].flatMap(lists),
      "CRLs in each other's place",
      "PCK CRL issuer chain of the TCB signing certificate",
      "no PCK CRL issuer chain",
    ],
  },
  { reason: "it does not compare PCEID", rows: ["TCB info: other pceId"] },
  {
    reason: "it compares the raw CPUSVN, whose layout is not architectural, and not the components",
    rows: ["PCK components below every level under a high raw CPUSVN"],
  },
];

/** Both accept, and name different statuses: platform / module / quoting enclave. */
export const LIBRARY_MERGES_OTHERWISE: readonly Divergence[] = [
  {
    reason: "it does not evaluate the TDX module",
    rows: [
      "UpToDate / SWHardeningNeeded / UpToDate",
      "UpToDate / ConfigurationNeeded / UpToDate",
      "UpToDate / ConfigurationAndSWHardeningNeeded / UpToDate",
      "UpToDate / OutOfDate / UpToDate",
      "UpToDate / OutOfDateConfigurationNeeded / UpToDate",
      "SWHardeningNeeded / OutOfDate / UpToDate",
      "ConfigurationNeeded / OutOfDate / UpToDate",
      "ConfigurationAndSWHardeningNeeded / OutOfDate / UpToDate",
      "UpToDate / ConfigurationNeeded / OutOfDate",
      "SWHardeningNeeded / ConfigurationNeeded / UpToDate",
    ],
  },
  {
    reason: "it takes the more severe status where a platform that needs configuration has an outdated component",
    rows: [
      "ConfigurationNeeded / UpToDate / OutOfDate",
      "ConfigurationAndSWHardeningNeeded / UpToDate / OutOfDate",
      "ConfigurationNeeded / OutOfDate / OutOfDate",
    ],
  },
];
