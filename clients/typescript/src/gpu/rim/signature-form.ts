import { type Element, XMLSerializer } from "@xmldom/xmldom";
import { CheckFailure } from "../../verdict/index.ts";
import { decodeBase64 } from "../base64.ts";
import { attribute, childElements, isNamed } from "./xml-document.ts";

const DSIG = "http://www.w3.org/2000/09/xmldsig#";

/** Algorithms of a reference document's signature (RFC 9231 and Canonical XML 1.1). There are no others here. */
export const ALGORITHM = {
  canonicalization: "http://www.w3.org/2006/12/xml-c14n11",
  signature: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
  digest: "http://www.w3.org/2001/04/xmldsig-more#sha384",
  enveloped: "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
} as const;

/** The signature of a reference document, of the one form that is read. */
export interface SignatureForm {
  /** The Signature element's own XML. */
  readonly xml: string;
  /** DER certificates of the signer, in their order. */
  readonly certificates: readonly Uint8Array[];
}

/** Most certificates that are read; a chain has four. */
const MAX_CERTIFICATES = 8;

/**
 * Finds the signature of a document and holds it to the one form reference documents have: a single Signature, child of
 * the root, over the whole document but itself. Whatever else XML signatures allow (other references, transforms,
 * algorithms, a second signature, signed parts elsewhere) has been used to make verifiers look at other bytes than
 * were signed.
 *
 * @throws CheckFailure
 */
export function signatureForm(root: Element): SignatureForm {
  const everySignature = root.getElementsByTagNameNS("*", "Signature");
  const everySignedInfo = root.getElementsByTagNameNS("*", "SignedInfo");
  const signature = childElements(root).find((child) => isNamed(child, DSIG, "Signature"));
  if (signature === undefined || everySignature.length !== 1 || everySignedInfo.length !== 1) {
    throw new CheckFailure("the reference document does not have exactly one signature, under its root");
  }
  const [signedInfo, , keyInfo] = members(signature, "SignedInfo", "SignatureValue", "KeyInfo");
  const [canonicalization, method, reference] = members(
    signedInfo,
    "CanonicalizationMethod",
    "SignatureMethod",
    "Reference",
  );
  const [transforms, digest] = members(reference, "Transforms", "DigestMethod", "DigestValue");
  const [enveloped, canonical] = members(transforms, "Transform", "Transform");
  const wholeDocument = reference !== undefined && attribute(reference, "URI") === "";
  if (!wholeDocument) throw new CheckFailure("the reference document's signature is not over the whole document");
  requireAlgorithm(canonicalization, ALGORITHM.canonicalization);
  requireAlgorithm(method, ALGORITHM.signature);
  requireAlgorithm(enveloped, ALGORITHM.enveloped);
  requireAlgorithm(canonical, ALGORITHM.canonicalization);
  requireAlgorithm(digest, ALGORITHM.digest);
  return { xml: new XMLSerializer().serializeToString(signature), certificates: certificatesOf(keyInfo) };
}

/** The children of an element, which must be exactly these. */
function members(parent: Element | undefined, ...names: readonly string[]): readonly (Element | undefined)[] {
  const children = parent === undefined ? [] : childElements(parent);
  if (children.length !== names.length || !names.every((name, index) => isNamed(children[index], DSIG, name))) {
    throw new CheckFailure("the reference document's signature is of another form than reference documents have");
  }
  return children;
}

function requireAlgorithm(element: Element | undefined, expected: string): void {
  const stated = element === undefined ? undefined : attribute(element, "Algorithm");
  // No algorithm that is expected takes parameters.
  const bare = element !== undefined && childElements(element).length === 0;
  if (stated !== expected || !bare) {
    throw new CheckFailure(`the reference document's signature uses another algorithm than ${expected}`);
  }
}

function certificatesOf(keyInfo: Element | undefined): Uint8Array[] {
  const [data] = members(keyInfo, "X509Data");
  const elements = data === undefined ? [] : childElements(data);
  if (elements.length > MAX_CERTIFICATES) throw CheckFailure.malformed("the signer has too many certificates");
  return elements.map((element) => {
    const text = isNamed(element, DSIG, "X509Certificate") ? (element.textContent ?? "") : "";
    // XML Signature, 4.5.4: base64 in lines.
    const der = decodeBase64(text.replace(/[\t\r\n ]/g, ""));
    if (der === undefined || der.length === 0) throw CheckFailure.malformed("a signer's certificate is not base64");
    return der;
  });
}
