import { type KeyObject, sign } from "node:crypto";
import { OID } from "@countersign/client/x509";
import { der } from "../der/index.ts";

/** A key that signs certificates and CRLs. */
export interface CertificateSigner {
  /** Private EC key, P-256 or P-384. */
  readonly privateKey: KeyObject;
  /** Hash of the ECDSA signature; by custom that of the curve's size. */
  readonly hash: "sha256" | "sha384";
}

/** AlgorithmIdentifier of the signer's signatures; ECDSA has no parameters (RFC 5758, 3.2). */
export function signatureAlgorithm({ hash }: CertificateSigner): Uint8Array {
  return der.sequence(der.oid(hash === "sha256" ? OID.ecdsaWithSha256 : OID.ecdsaWithSha384));
}

/** What certificates and CRLs share (RFC 5280, 4.1 and 5.1): the signed part, its algorithm, the DER signature. */
export function signedStructure(signedPart: Uint8Array, signer: CertificateSigner): Uint8Array {
  const signature = sign(signer.hash, signedPart, { key: signer.privateKey, dsaEncoding: "der" });
  return der.sequence(signedPart, signatureAlgorithm(signer), der.bitString(signature));
}
