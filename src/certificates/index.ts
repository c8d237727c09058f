/** Writes X.509 certificates and CRLs of our own. Reading and judging them is `@countersign/client/x509`. */
export { type AlternativeName, subjectAlternativeName } from "./alternative-name.ts";
export { buildCertificate, type CertificateFields, NO_EXPIRY } from "./certificate.ts";
export { buildRevocationList, type RevocationListFields } from "./certificate-revocation-list.ts";
export { distinguishedName, type NameParts } from "./distinguished-name.ts";
export {
  authorityKeyIdentifier,
  basicConstraints,
  type CertificateExtension,
  crlDistributionPoint,
  crlNumber,
  extendedKeyUsage,
  KEY_PURPOSE,
  type KeyUsageName,
  keyUsage,
  subjectKeyIdentifier,
} from "./extension.ts";
export { keyIdentifier } from "./key-identifier.ts";
export { randomSerial } from "./serial-number.ts";
export type { CertificateSigner } from "./signer.ts";
