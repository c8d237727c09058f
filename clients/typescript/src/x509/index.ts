export { type Certificate, parseCertificate } from "./certificate.ts";
export { type ChainRules, verifyChain } from "./certificate-chain.ts";
export {
  type CertificateRevocationList,
  isRevoked,
  parseCertificateRevocationList,
  type RevocationRules,
  verifyRevocationList,
} from "./certificate-revocation-list.ts";
export { type DistinguishedName, parseDistinguishedName } from "./distinguished-name.ts";
export { type Extension, parseExtensions } from "./extension.ts";
export { OID } from "./oid.ts";
export { certificatePem, PemError, parsePemCertificates } from "./pem.ts";
export type { SubjectPublicKey } from "./public-key.ts";
export { isSignedBy, parseSignatureAlgorithm, type SignedObject } from "./signed-object.ts";
