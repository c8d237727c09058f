import { hash, sign } from "node:crypto";
import { bytesToHex } from "@noble/hashes/utils.js";
import { type Authority, type AuthorityOptions, DAY, makeAuthority, NOW } from "./authority.ts";

/** Signer, two intermediates, root. */
export type SignerChain = readonly [Authority, Authority, Authority, Authority];

/** One measurement of a document. */
export interface Resource {
  readonly index: number;
  readonly active?: boolean;
  readonly values: readonly Uint8Array[];
}

export interface DocumentParts {
  readonly version: string;
  readonly resources: readonly Resource[];
  readonly signers: SignerChain;
  /** Changes the canonical text before it is hashed and signed, and the document with it. */
  readonly edit?: (text: string) => string;
  /** Replaces the chain in KeyInfo. */
  readonly certificates?: readonly Uint8Array[];
  readonly curve?: string;
}

const SWID = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
const SHA384 = "http://www.w3.org/2001/04/xmlenc#sha384";
const DSIG = "http://www.w3.org/2000/09/xmldsig#";

export function makeSigners(leaf: Partial<AuthorityOptions> = {}): SignerChain {
  const root = makeAuthority({ commonName: "Reference Root" });
  const second = makeAuthority({ commonName: "Reference CA", issuer: root });
  const first = makeAuthority({ commonName: "Reference L3", issuer: second });
  const signer = makeAuthority({
    commonName: "Signer",
    issuer: first,
    role: "leaf",
    notAfter: NOW + 300 * DAY,
    ...leaf,
  });
  return [signer, first, second, root];
}

export const fingerprintOf = ({ certificate }: Authority): string => hash("sha256", certificate, "hex");

/**
 * A signed reference document. Its canonical form (Canonical XML 1.1, 2.3) is written out here by hand: namespaces
 * before attributes and sorted, attributes sorted by namespace, no empty-element tags. So the signature does not rest
 * on the canonicalisation under test; and what is shipped is written differently from what is signed.
 */
export function makeDocument(parts: DocumentParts): Uint8Array {
  const { signers, edit = (text) => text } = parts;
  const canonical = edit(canonicalTag(parts));
  const digest = hash("sha384", canonical, "base64");
  const namespaces = `xmlns="${SWID}" xmlns:ds="${DSIG}" xmlns:ns0="${SWID}" xmlns:ns2="${SHA384}"`;
  const inner = signedInfo(digest, (name, attributes) => `<ds:${name}${attributes}></ds:${name}>`);
  const signature = sign("sha384", Buffer.from(`<ds:SignedInfo ${namespaces}>${inner}</ds:SignedInfo>`), {
    key: signers[0].privateKey,
    dsaEncoding: "ieee-p1363",
  });
  const certificates = (parts.certificates ?? signers.map(({ certificate }) => certificate))
    .map((certificate) => `<ds:X509Certificate>${base64Lines(certificate)}</ds:X509Certificate>`)
    .join("");
  const shipped = signedInfo(digest, (name, attributes) => `<ds:${name}${attributes}/>`);
  const element =
    `<ds:Signature xmlns:ds="${DSIG}"><ds:SignedInfo>${shipped}</ds:SignedInfo>` +
    `<ds:SignatureValue>${signature.toString("base64")}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data>${certificates}</ds:X509Data></ds:KeyInfo></ds:Signature>`;
  const end = "</SoftwareIdentity>";
  const body = loosened(canonical).slice(0, -end.length);
  return new Uint8Array(Buffer.from(`${body}${element}${end}\n`, "utf8"));
}

/** Edits the text of a document that is signed already. */
export function edited(document: Uint8Array, edit: (text: string) => string): Uint8Array {
  const before = Buffer.from(document).toString("utf8");
  const after = edit(before);
  if (after === before) throw new Error("the edit changed nothing");
  return new Uint8Array(Buffer.from(after, "utf8"));
}

function canonicalTag({ version, resources }: DocumentParts): string {
  const rows = resources.map(({ index, active = true, values }) => {
    const hashes = values.map((value, position) => ` ns2:Hash${position}="${bytesToHex(value)}"`).join("");
    return (
      `        <ns0:Resource active="${active ? "True" : "False"}" alternatives="${values.length}" index="${index}" ` +
      `name="Measurement_${index}" size="48" type="Measurement"${hashes}></ns0:Resource>\n`
    );
  });
  return (
    `<SoftwareIdentity xmlns="${SWID}" xmlns:ns0="${SWID}" xmlns:ns2="${SHA384}" name="GH100" tagId="t">\n` +
    `    <ns0:Meta colloquialVersion="${version}" product="GH100"></ns0:Meta>\n` +
    `    <ns0:Payload>\n${rows.join("")}    </ns0:Payload>\n</SoftwareIdentity>`
  );
}

/** The same infoset, written otherwise: empty-element tags, other order and quotes of attributes. */
function loosened(canonical: string): string {
  return canonical
    .replaceAll("></ns0:Resource>", "/>")
    .replaceAll("></ns0:Meta>", " />")
    .replaceAll(/active="(\w+)" alternatives="(\d+)"/g, "alternatives='$2'  active=\"$1\"");
}

function signedInfo(digest: string, empty: (name: string, attributes: string) => string): string {
  const algorithm = (name: string, uri: string): string => empty(name, ` Algorithm="${uri}"`);
  const c14n = "http://www.w3.org/2006/12/xml-c14n11";
  return (
    algorithm("CanonicalizationMethod", c14n) +
    algorithm("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384") +
    `<ds:Reference URI=""><ds:Transforms>${algorithm("Transform", `${DSIG}enveloped-signature`)}` +
    `${algorithm("Transform", c14n)}</ds:Transforms>` +
    algorithm("DigestMethod", "http://www.w3.org/2001/04/xmldsig-more#sha384") +
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference>`
  );
}

function base64Lines(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n");
}
