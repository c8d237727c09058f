import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRimVerifier, type RimVerifierOptions } from "@countersign/client/gpu-rim";
import { CheckFailure } from "@countersign/client/verdict";
import { certificatePem } from "@countersign/client/x509";
import { describe, expect, it } from "vitest";
import { sharedFile } from "../support/shared-vectors.ts";
import { DAY, makeAuthority, NOW } from "./support/authority.ts";
import { digest, measurementAt } from "./support/device.ts";
import {
  type DocumentParts,
  edited,
  fingerprintOf,
  makeDocument,
  makeSigners,
  type SignerChain,
} from "./support/reference-document.ts";

const signers = makeSigners();
const PARTS: DocumentParts = {
  version: "550.90.07",
  resources: [
    { index: 0, values: [measurementAt(0)] },
    { index: 7, active: false, values: [digest("unused")] },
    { index: 12, values: [digest("a"), measurementAt(12), digest("b")] },
  ],
  signers,
};
const good = makeDocument(PARTS);

const verifierFor = (chain: SignerChain, options: RimVerifierOptions = {}) =>
  createRimVerifier({ roots: [fingerprintOf(chain[3])], ...options });

async function refusal(document: Uint8Array, verifier = verifierFor(signers), now = NOW): Promise<string> {
  try {
    await verifier.verify(document, now);
  } catch (error) {
    if (error instanceof CheckFailure) return error.message;
    throw error;
  }
  return "accepted";
}

const NOT_VERIFIED = "the reference document's signature does not verify";

describe("reference documents", () => {
  it("give version and active measurements of what was signed", async () => {
    const { version, values, signerChain, signerExpired } = await verifierFor(signers).verify(good, NOW);
    expect(version).toBe("550.90.07");
    expect([...values]).toEqual([
      [0, [measurementAt(0)]],
      [12, [digest("a"), measurementAt(12), digest("b")]],
    ]);
    expect(signerChain.map(({ encoded }) => encoded)).toEqual(signers.map(({ certificate }) => certificate));
    expect(signerExpired).toBe(false);
  });

  it("verify with their XML declaration, and with other line ends, which XML makes the same", async () => {
    expect(await refusal(edited(good, (text) => `<?xml version="1.0" encoding="UTF-8"?>\n${text}`))).toBe("accepted");
    expect(await refusal(edited(good, (text) => text.replaceAll("\n", "\r\n")))).toBe("accepted");
  });

  it.each([
    ["a measurement", (text: string) => text.replace(/Hash0="(.)/, (_, digit) => `Hash0="${digit === "0" ? 1 : 0}`)],
    ["an inactive measurement", (text: string) => text.replace('"False"', '"True"')],
    ["the version", (text: string) => text.replace("550.90.07", "550.90.08")],
    ["white space", (text: string) => text.replace("    <ns0:Payload>", "<ns0:Payload>")],
    ["the digest", (text: string) => text.replace(/DigestValue>./, "DigestValue>=")],
    [
      "the signature",
      (text: string) => text.replace(/SignatureValue>(.)/, (_, c) => `SignatureValue>${c === "A" ? "B" : "A"}`),
    ],
    ["the signature's encoding", (text: string) => text.replace(/SignatureValue>.{64}/, "SignatureValue>")],
    ["an added measurement", (text: string) => text.replace("</ns0:Payload>", "<ns0:Resource/></ns0:Payload>")],
  ])("do not verify after a change of %s", async (_, edit) => {
    expect(await refusal(edited(good, edit))).toBe(NOT_VERIFIED);
  });

  it("do not verify by a key other than the certificate's", async () => {
    const [, ...above] = signers;
    const other = makeAuthority({ commonName: "Signer", issuer: signers[1], role: "leaf" });
    const certificates = [other, ...above].map(({ certificate }) => certificate);
    expect(await refusal(makeDocument({ ...PARTS, certificates }))).toBe(NOT_VERIFIED);
  });

  it("need a chain of four under the pinned root", async () => {
    const certificates = signers.map(({ certificate }) => certificate);
    expect(await refusal(good, createRimVerifier())).toContain("does not end in a trusted root");
    expect(await refusal(makeDocument({ ...PARTS, certificates: certificates.slice(0, 3) }))).toContain(
      "3 certificates",
    );
    expect(await refusal(makeDocument({ ...PARTS, certificates: [] }))).toContain("no certificate");
    const ca = makeSigners({ role: "ca" });
    expect(await refusal(makeDocument({ ...PARTS, signers: ca }), verifierFor(ca))).toContain("signer");
    const small = makeSigners({ curve: "P-256" });
    expect(await refusal(makeDocument({ ...PARTS, signers: small }), verifierFor(small))).toContain("P-384");
  });

  it("count with an expired signer only if the caller says so", async () => {
    const old = makeSigners({ notAfter: NOW - DAY });
    const document = makeDocument({ ...PARTS, signers: old });
    expect(await refusal(document, verifierFor(old))).toContain("has expired");
    const { signerExpired } = await verifierFor(old, { expiredSignerAccepted: true }).verify(document, NOW);
    expect(signerExpired).toBe(true);
    const early = verifierFor(old, { expiredSignerAccepted: true });
    expect(await refusal(document, early, NOW - 400 * DAY)).toContain("not valid yet");
    expect(await refusal(document, early, Number.NaN)).toContain("not a number");
  });
});

describe("attacks on XML signatures", () => {
  const signature = /<ds:Signature [\s\S]*<\/ds:Signature>/;
  const forged = "69".repeat(48);
  const forge = (text: string): string => text.replace(/Hash0="[0-9a-f]{96}"/, `Hash0="${forged}"`);

  const ONE = "does not have exactly one signature";
  const FORM = "is of another form";
  const WHOLE = "is not over the whole document";
  const ALGORITHM = "uses another algorithm";
  const inner = (text: string): string => text.replace(signature, "").trim();
  const swapped = (from: string, to: string) => (text: string) => text.replace(from, to);

  // Each by its own rule: none of this may be left to the library.
  it.each([
    [
      "the signed document inside a forged one",
      (text: string) => forge(text).replace("<ns0:Meta", `${inner(text)}<ns0:Meta`),
      "signature does not verify",
    ],
    [
      "the signed document in the signature's Object",
      (text: string) => forge(text).replace("</ds:Signature>", `<ds:Object>${inner(text)}</ds:Object></ds:Signature>`),
      FORM,
    ],
    ["a reference to a part", swapped('URI=""', 'URI="#t"'), WHOLE],
    ["a reference to nothing", swapped(' URI=""', ""), WHOLE],
    ["no reference", (text: string) => text.replace(/<ds:Reference[\s\S]*<\/ds:Reference>/, ""), FORM],
    ["two references", (text: string) => text.replace(/(<ds:Reference[\s\S]*<\/ds:Reference>)/, "$1$1"), FORM],
    ["two signatures", (text: string) => text.replace(signature, "$&$&"), ONE],
    ["a second signature elsewhere", swapped("</ns0:Payload>", "<Signature/></ns0:Payload>"), ONE],
    ["two SignedInfo", (text: string) => text.replace(/<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/, "$&$&"), ONE],
    ["a second SignedInfo elsewhere", swapped("<ns0:Meta", "<SignedInfo/><ns0:Meta"), ONE],
    [
      "the signature deeper in the document",
      (text: string) => {
        const [found = ""] = signature.exec(text) ?? [];
        return text.replace(found, "").replace("</ns0:Payload>", `${found}</ns0:Payload>`);
      },
      ONE,
    ],
    [
      "an XPath transform",
      swapped(
        "<ds:Transforms>",
        '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>',
      ),
      FORM,
    ],
    ["another canonicalisation of SignedInfo", swapped("xml-c14n11", "xml-c14n11#WithComments"), ALGORITHM],
    [
      "another canonicalisation of the document",
      (text: string) => text.replace(/xml-c14n11"\/><\/ds:Transforms>/, 'xml-exc-c14n"/></ds:Transforms>'),
      ALGORITHM,
    ],
    ["another transform", swapped("xmldsig#enveloped-signature", "xmldsig#base64"), ALGORITHM],
    ["a weaker algorithm", swapped("ecdsa-sha384", "hmac-sha1"), ALGORITHM],
    ["a weaker digest", swapped("xmldsig-more#sha384", "xmldsig#sha1"), ALGORITHM],
    [
      "an algorithm with parameters",
      (text: string) => text.replace(/(<ds:DigestMethod [^>]*)\/>/, "$1><ds:X/></ds:DigestMethod>"),
      ALGORITHM,
    ],
    ["a signature of another namespace", swapped('xmlns:ds="http://www.w3.org/2000/09/xmldsig#"', 'xmlns:ds="x"'), ONE],
    [
      "an element of the digest's name beside it",
      swapped("<ds:DigestValue>", "<ds:DigestValue>AA==</ds:DigestValue><ds:DigestValue>"),
      FORM,
    ],
    ["no signature", (text: string) => text.replace(signature, ""), ONE],
  ])("%s: refused", async (_, edit, message) => {
    expect(await refusal(edited(good, edit))).toContain(message);
  });

  it.each([
    ["a document type", '<!DOCTYPE SoftwareIdentity [<!ENTITY x "550.90.07">]>'],
    ["an external document type", '<!DOCTYPE SoftwareIdentity SYSTEM "file:///etc/passwd">'],
    ["a processing instruction", '<?xml-stylesheet href="x"?>'],
    ["a comment", "<!-- -->"],
  ])("%s: refused before parsing", async (_, prefix) => {
    expect(await refusal(edited(good, (text) => prefix + text))).toContain("document type");
  });

  it.each([
    ["a comment inside a value", (text: string) => text.replace("<ns0:Payload>", "<ns0:Payload><!-- -->")],
    ["CDATA", (text: string) => text.replace("<ns0:Payload>", "<ns0:Payload><![CDATA[x]]>")],
    ["an entity nobody declared", (text: string) => text.replace("550.90.07", "&version;")],
    ["an unclosed element", (text: string) => text.replace("</ns0:Payload>", "")],
    ["an attribute twice", (text: string) => text.replace('product="GH100"', 'product="GH100" product="GB100"')],
    ["an undeclared prefix", (text: string) => text.replace("<ns0:Meta", "<x:Meta")],
    ["two roots", (text: string) => text + text],
    ["bytes behind the end", (text: string) => `${text}x`],
    ["too many elements", (text: string) => text.replace("</ns0:Payload>", `${"<x/>".repeat(1100)}</ns0:Payload>`)],
    [
      "elements too deep",
      (text: string) => text.replace("</ns0:Payload>", `${"<x>".repeat(20)}${"</x>".repeat(20)}</ns0:Payload>`),
    ],
  ])("%s: refused", async (_, edit) => {
    expect(await refusal(edited(good, edit))).toMatch(/^the reference document (has|is not)/);
  });

  it("too large, or not UTF-8: refused", async () => {
    expect(await refusal(new Uint8Array(128 * 1024 + 1).fill(0x20))).toContain("too large");
    expect(await refusal(Uint8Array.of(0xff, 0xfe, 0x3c, 0))).toContain("not UTF-8");
  });
});

describe("content of reference documents", () => {
  const resource = (index: number, values = [measurementAt(index)], active = true) => ({ index, values, active });
  const row = (change: (text: string) => string): Partial<DocumentParts> => ({ edit: change });

  it.each([
    ["no active measurement", { resources: [resource(0, [digest("x")], false)] }],
    ["no measurement", { resources: [] }],
    ["an index twice", { resources: [resource(3), resource(3)] }],
    ["an index twice, inactive", { resources: [resource(3), resource(3, [digest("x")], false)] }],
    ["a version that is no version", { version: "a b" }],
    ["fewer values than stated", row((text) => text.replace('alternatives="1"', 'alternatives="2"'))],
    ["more values than stated", row((text) => text.replace('alternatives="3"', 'alternatives="2"'))],
    ["a value of another size", row((text) => text.replace(/Hash0="..../, 'Hash0="'))],
    ["another stated size", row((text) => text.replace('size="48"', 'size="32"'))],
    ["an unknown state", row((text) => text.replace('active="True"', 'active="maybe"'))],
    ["an index that is no number", row((text) => text.replace('index="0"', 'index="-1"'))],
    ["another payload", row((text) => text.replaceAll("ns0:Resource", "ns0:File"))],
    ["another root", row((text) => text.replaceAll("SoftwareIdentity", "Tag"))],
    ["no version", row((text) => text.replace("colloquialVersion", "otherVersion"))],
  ] as const)("%s: refused although signed", async (_, changes) => {
    const document = makeDocument({ ...PARTS, ...changes });
    const message = await refusal(document);
    expect(message).not.toBe("accepted");
    // What is signed is what it says: the fault is in the content.
    if (!message.includes("exactly one signature")) expect(message).not.toBe(NOT_VERIFIED);
  });
});

const xmlsec = "/usr/bin/xmlsec1";
const hasXmlsec = existsSync(xmlsec);
if (!hasXmlsec) process.stderr.write("skipped: xmlsec1 is not installed, so no foreign verifier of XML signatures\n");

describe.skipIf(!hasXmlsec)("xmlsec1", () => {
  /** Whether xmlsec1 accepts a document under the test root. */
  function foreign(document: Uint8Array): boolean {
    const folder = mkdtempSync(join(tmpdir(), "countersign-rim-"));
    try {
      writeFileSync(join(folder, "document.xml"), document);
      writeFileSync(join(folder, "root.pem"), certificatePem(signers[3].certificate));
      const time = new Date(NOW * 1000).toISOString().slice(0, 19).replace("T", " ");
      const options = ["--verify", "--verification-time", time, "--trusted-pem", "root.pem", "document.xml"];
      execFileSync(xmlsec, options, { cwd: folder, stdio: "pipe", timeout: 10_000, env: { TZ: "UTC" } });
      return true;
    } catch {
      return false;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  it("accepts the documents that are accepted here, and refuses changed ones", () => {
    expect(foreign(good)).toBe(true);
    expect(foreign(edited(good, (text) => text.replace('"False"', '"True"')))).toBe(false);
  });
});

const genuine = ["1010_0200_882_96005E0003_PROD.swidtag", "Driver_RIM_test_no_gpu.swidtag"].map((name) => ({
  name,
  bytes: sharedFile(`gpu/${name}`),
}));

describe("NVIDIA's published documents", () => {
  it.each(genuine.filter(({ bytes }) => bytes !== undefined))("$name holds, and expires", async ({ bytes }) => {
    const document = bytes ?? new Uint8Array();
    const signed = Date.UTC(2024, 6, 1) / 1000;
    const { values } = await createRimVerifier().verify(document, signed);
    expect([12, 21]).toContain(values.size);
    expect(await refusal(document, createRimVerifier(), NOW)).toContain("has expired");
    const { signerExpired } = await createRimVerifier({ expiredSignerAccepted: true }).verify(document, NOW);
    expect(signerExpired).toBe(true);
  });

  it.runIf(genuine.every(({ bytes }) => bytes === undefined))("are not there: nothing was checked", () => {});
});
