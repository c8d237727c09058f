import {
  authorityKeyIdentifier,
  buildRevocationList,
  crlNumber,
  type RevocationListFields,
} from "../../../certificates/index.ts";
import { type CertifiedKey, keyIdentifierOf, subjectOf } from "./certified-key.ts";
import type { CollateralWindow } from "./collateral-window.ts";

/** The revocation list of one authority, by default an empty one. DER. */
export function simulatedRevocationList(
  authority: CertifiedKey,
  window: CollateralWindow,
  changes: Partial<RevocationListFields> = {},
): Uint8Array {
  return buildRevocationList({
    issuerName: subjectOf(authority),
    thisUpdate: window.issued,
    nextUpdate: window.nextUpdate,
    revoked: [],
    // A number that grows with every list (RFC 5280, 5.2.3): the moment it was made.
    extensions: [crlNumber(window.issued), authorityKeyIdentifier(keyIdentifierOf(authority))],
    signer: { privateKey: authority.privateKey, hash: "sha256" },
    ...changes,
  });
}
