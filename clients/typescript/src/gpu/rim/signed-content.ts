import { createHash, createPublicKey, type KeyLike, verify } from "node:crypto";
import { C14nCanonicalization, type SignatureAlgorithm, SignedXml } from "xml-crypto";
import { CheckFailure } from "../../verdict/index.ts";
import type { SubjectPublicKey } from "../../x509/index.ts";
import { decodeBase64 } from "../base64.ts";
import { ALGORITHM } from "./signature-form.ts";

/**
 * Verifies the enveloped signature of a document whose form has been held to {@link ALGORITHM}.
 *
 * @param signatureXml the Signature element's own XML
 * @returns what was signed: the document in canonical form, without its signature. Only this may be read.
 * @throws CheckFailure
 */
export function signedContent(documentXml: string, signatureXml: string, key: SubjectPublicKey): string {
  let content: readonly string[] = [];
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key.encoded), format: "der", type: "spki" });
    const signed = new SignedXml({ publicCert: publicKey });
    const enveloped = signed.CanonicalizationAlgorithms[ALGORITHM.enveloped];
    // The library's other algorithms, RSA with SHA-1 among them, are not for these documents.
    signed.SignatureAlgorithms = { [ALGORITHM.signature]: EcdsaSha384 };
    signed.HashAlgorithms = { [ALGORITHM.digest]: Sha384 };
    signed.CanonicalizationAlgorithms = {
      [ALGORITHM.canonicalization]: CanonicalXml11,
      ...(enveloped === undefined ? {} : { [ALGORITHM.enveloped]: enveloped }),
    };
    signed.loadSignature(signatureXml);
    if (signed.checkSignature(documentXml)) content = signed.getSignedReferences();
  } catch {
    // The library's texts quote the document. Whatever was wrong: it does not verify.
  }
  const [only, second] = content;
  if (only === undefined || second !== undefined) {
    throw new CheckFailure("the reference document's signature does not verify");
  }
  return only;
}

/**
 * Canonical XML 1.1. It differs from 1.0, which the library has, only in how document subsets inherit attributes of the
 * xml namespace. The whole document is no subset. SignedInfo is one, and the library lets it inherit none: a document
 * whose root had such attributes would not verify.
 */
class CanonicalXml11 extends C14nCanonicalization {
  override getAlgorithmName(): string {
    return ALGORITHM.canonicalization;
  }
}

class Sha384 {
  getAlgorithmName(): string {
    return ALGORITHM.digest;
  }

  getHash(xml: string): string {
    return createHash("sha384").update(xml, "utf8").digest("base64");
  }
}

class EcdsaSha384 implements SignatureAlgorithm {
  getAlgorithmName(): string {
    return ALGORITHM.signature;
  }

  getSignature(): never {
    throw new Error("reference documents are only verified here");
  }

  verifySignature(material: string, key: KeyLike, signatureValue: string): boolean {
    const signature = decodeBase64(signatureValue.replace(/[\t\r\n ]/g, ""));
    // RFC 9231, 2.3.6: r ‖ s, not DER.
    if (signature?.length !== 96 || typeof key === "string" || Buffer.isBuffer(key)) return false;
    if (!("asymmetricKeyType" in key)) return false;
    return verify("sha384", Buffer.from(material, "utf8"), { key, dsaEncoding: "ieee-p1363" }, signature);
  }
}
