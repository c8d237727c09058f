import { der } from "../der/index.ts";
import { type CertificateExtension, extensionList } from "./extension.ts";
import { type CertificateSigner, signatureAlgorithm, signedStructure } from "./signer.ts";

/** The fields of a certificate. Nothing is added to them and nothing judged. */
export interface CertificateFields {
  /** Positive, big-endian, at most 20 bytes as an INTEGER (RFC 5280, 4.1.2.2); see randomSerial. */
  readonly serial: Uint8Array;
  /** DER of the issuer's name: byte for byte its certificate's subject; see distinguishedName. */
  readonly issuerName: Uint8Array;
  /** DER of the subject's name. */
  readonly subjectName: Uint8Array;
  /** First second of validity. Unix seconds. */
  readonly notBefore: number;
  /** Last second of validity. Unix seconds. NO_EXPIRY for a certificate without one. */
  readonly notAfter: number;
  /** SubjectPublicKeyInfo: `publicKey.export({ type: "spki", format: "der" })`. */
  readonly publicKeySpkiDer: Uint8Array;
  /** In the order they are to be written. At least one; no identifier twice. */
  readonly extensions: readonly CertificateExtension[];
  readonly signer: CertificateSigner;
}

/** `99991231235959Z`: how a certificate says it does not expire (RFC 5280, 4.1.2.5). Unix seconds. */
export const NO_EXPIRY = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

/** An X.509 v3 certificate in DER (RFC 5280), signed with ECDSA. */
export function buildCertificate(fields: CertificateFields): Uint8Array {
  const { serial, issuerName, subjectName, notBefore, notAfter, publicKeySpkiDer, extensions, signer } = fields;
  const version3 = der.context(0, der.integer(2));
  return signedStructure(
    der.sequence(
      version3,
      der.integer(serial),
      signatureAlgorithm(signer),
      issuerName,
      der.sequence(der.time(notBefore), der.time(notAfter)),
      subjectName,
      publicKeySpkiDer,
      der.context(3, extensionList(extensions)),
    ),
    signer,
  );
}
