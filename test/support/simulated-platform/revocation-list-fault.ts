import { type CertificateExtension, crlNumber, distinguishedName } from "../../../src/certificates/index.ts";
import { der } from "../../../src/der/index.ts";
import {
  type CertifiedKey,
  type CollateralWindow,
  newKey,
  simulatedRevocationList,
} from "../../../src/tee/simulated/platform/index.ts";

/** What can be wrong with a revocation list; where it is signed, its signature is good. */
export const REVOCATION_LIST_FAULTS = [
  /** The field is not in the container. */
  "missing",
  /** The field is the empty text. */
  "empty",
  /** Hex, but no CRL. */
  "garbage",
  /** A CRL with a byte more at its end. */
  "trailing byte",
  /** Right names, signed by a key nobody knows. */
  "foreign key",
  /** Signed by the authority, naming another issuer. */
  "other issuer",
  "expired",
  "future",
  "no next update",
  "unknown critical extension",
  /** Of changes only (RFC 5280, 5.2.4). */
  "delta",
  /** For certificates of other issuers (RFC 5280, 5.2.5). */
  "indirect",
] as const;

export type RevocationListFault = (typeof REVOCATION_LIST_FAULTS)[number];

const DAY = 86_400;

/** DER of an authority's CRL with a fault; undefined for `missing`. */
export function faultyRevocationList(
  fault: RevocationListFault,
  authority: CertifiedKey,
  window: CollateralWindow,
): Uint8Array | undefined {
  const list = (changes: Parameters<typeof simulatedRevocationList>[2] = {}): Uint8Array =>
    simulatedRevocationList(authority, window, changes);
  switch (fault) {
    case "missing":
      return undefined;
    case "empty":
      return new Uint8Array(0);
    case "garbage":
      return Uint8Array.of(0xde, 0xad, 0xbe, 0xef);
    case "trailing byte":
      return Uint8Array.of(...list(), 0);
    case "foreign key":
      return list({ signer: { privateKey: newKey().privateKey, hash: "sha256" } });
    case "other issuer":
      return list({ issuerName: distinguishedName({ commonName: "Somebody else" }) });
    case "expired":
      return list({ thisUpdate: window.issued - 60 * DAY, nextUpdate: window.issued - 30 * DAY });
    case "future":
      return list({ thisUpdate: window.issued + 2 * DAY });
    case "no next update":
      return list({ nextUpdate: undefined });
    case "unknown critical extension":
      return list({ extensions: withExtension(window, "1.3.6.1.4.1.99999.1", der.sequence()) });
    case "delta":
      return list({ extensions: withExtension(window, "2.5.29.27", der.integer(1)) });
    case "indirect":
      // indirectCRL [4] BOOLEAN DEFAULT FALSE.
      return list({
        extensions: withExtension(window, "2.5.29.28", der.sequence(der.contextPrimitive(4, Uint8Array.of(0xff)))),
      });
  }
}

function withExtension(window: CollateralWindow, oid: string, value: Uint8Array): CertificateExtension[] {
  return [crlNumber(window.issued), { oid, critical: true, value }];
}
