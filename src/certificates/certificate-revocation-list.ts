import { der } from "../der/index.ts";
import { type CertificateExtension, extensionList } from "./extension.ts";
import { type CertificateSigner, signatureAlgorithm, signedStructure } from "./signer.ts";

/** The fields of a CRL. */
export interface RevocationListFields {
  /** DER of the issuer's name: byte for byte the subject of its certificate. */
  readonly issuerName: Uint8Array;
  /** Unix seconds. */
  readonly thisUpdate: number;
  /** Unix seconds. Undefined leaves it out, which RFC 5280 forbids issuers and X.509 allows. */
  readonly nextUpdate: number | undefined;
  /** Serial numbers as in the certificates. */
  readonly revoked: readonly { readonly serial: Uint8Array; readonly revokedAt: number }[];
  /** In the order they are to be written; at least one. */
  readonly extensions: readonly CertificateExtension[];
  readonly signer: CertificateSigner;
}

/** A version 2 CRL in DER (RFC 5280, 5.1). */
export function buildRevocationList(fields: RevocationListFields): Uint8Array {
  const { issuerName, thisUpdate, nextUpdate, revoked, extensions, signer } = fields;
  const entries = revoked.map(({ serial, revokedAt }) => der.sequence(der.integer(serial), der.time(revokedAt)));
  const version2 = der.integer(1);
  return signedStructure(
    der.sequence(
      version2,
      signatureAlgorithm(signer),
      issuerName,
      der.time(thisUpdate),
      ...(nextUpdate === undefined ? [] : [der.time(nextUpdate)]),
      // RFC 5280, 5.1.2.6: without revoked certificates the list is absent, not empty.
      ...(entries.length === 0 ? [] : [der.sequence(...entries)]),
      der.context(0, extensionList(extensions)),
    ),
    signer,
  );
}
