import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { DerError } from "@countersign/client/der";
import { isSignedBy, parseCertificate } from "@countersign/client/x509";
import { describe, expect, test } from "vitest";
import { parseQuote } from "../../clients/typescript/src/quote/index.ts";
import { basicConstraints, buildCertificate, keyUsage } from "../../src/certificates/index.ts";
import { der } from "../../src/der/index.ts";
import { current } from "../quote/support/genuine.ts";
import { CA, DAY, issue, LEAF, NOW, nameOf, replaced } from "./support/issue.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const root = issue("Root", CA);
const leaf = issue("Leaf", LEAF, root);

describe("a certificate", () => {
  test("is read as OpenSSL reads it", () => {
    const { certificate } = leaf;
    const openssl = new X509Certificate(certificate.encoded);
    expect(BigInt(`0x${hex(certificate.serial)}`)).toBe(BigInt(`0x${openssl.serialNumber}`));
    expect(certificate.subject.commonName).toBe("Leaf");
    expect(openssl.subject).toContain("CN=Leaf");
    expect(certificate.issuer.commonName).toBe("Root");
    expect(certificate.notBefore).toBe(Date.parse(openssl.validFrom) / 1000);
    expect(certificate.notAfter).toBe(Date.parse(openssl.validTo) / 1000);
    expect(hex(certificate.publicKey.encoded)).toBe(
      openssl.publicKey.export({ type: "spki", format: "der" }).toString("hex"),
    );
    expect(certificate.basicConstraints).toEqual({ ca: false, pathLength: undefined });
    expect(certificate.keyUsage).toEqual({ digitalSignature: true, keyCertSign: false, crlSign: false });
    expect(root.certificate.keyUsage).toEqual({ digitalSignature: false, keyCertSign: true, crlSign: true });
  });

  test("is signed by its issuer and by nobody else", async () => {
    expect(await isSignedBy(leaf.certificate, root.certificate.publicKey)).toBe(true);
    expect(await isSignedBy(leaf.certificate, leaf.certificate.publicKey)).toBe(false);
  });

  test("keeps a byte order mark in a name, so that two names never have one text", () => {
    expect(issue("\ufeffLeaf", LEAF, root).certificate.subject.commonName).toBe("\ufeffLeaf");
  });

  test("with a key of another kind is read, and verifies nothing", async () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const publicKeySpkiDer = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
    const { certificate } = issue("RSA", CA, undefined, { publicKeySpkiDer });
    expect(certificate.publicKey.ec).toBeUndefined();
    expect(await isSignedBy(leaf.certificate, certificate.publicKey)).toBe(false);
  });

  test.runIf(current)("of Intel's is read: serial numbers of 20 bytes have a zero in front", () => {
    const chain = parseQuote(current?.quote ?? new Uint8Array()).signatureData.certificates.map(parseCertificate);
    expect(chain.map(({ subject }) => subject.commonName)).toEqual([
      "Intel SGX PCK Certificate",
      "Intel SGX PCK Platform CA",
      "Intel SGX Root CA",
    ]);
    expect(chain.map(({ basicConstraints: rules }) => rules?.pathLength)).toEqual([undefined, 0, 1]);
    expect(chain[2]?.notAfter).toBe(Date.UTC(2049, 11, 31, 23, 59, 59) / 1000);
    expect(chain[1]?.notAfter).toBe(Date.UTC(2033, 4, 21, 10, 50, 10) / 1000);
    expect(chain.some(({ serial }) => serial.length === 21 && serial[0] === 0)).toBe(true);
  });
});

describe("a certificate is refused", () => {
  const fields = {
    serial: Uint8Array.of(1),
    issuerName: nameOf("A"),
    subjectName: nameOf("A"),
    notBefore: NOW,
    notAfter: NOW + DAY,
    publicKeySpkiDer: root.certificate.publicKey.encoded,
    extensions: LEAF,
    signer: { privateKey: root.privateKey, hash: "sha256" },
  } as const;
  const encoded = leaf.certificate.encoded;
  const extension = (oid: string, value: Uint8Array, critical = false) => ({ oid, critical, value });

  test.each([
    ["cut short", encoded.subarray(0, -1)],
    ["with a byte behind", Uint8Array.from([...encoded, 0])],
    ["as nothing", new Uint8Array(0)],
    ["of version 1", replaced(encoded, "a003020102", "a003020100")],
    ["of version 4", replaced(encoded, "a003020102", "a003020103")],
    ["with a negative serial number", buildCertificateHex("0201ff")],
    ["with a serial number of 22 bytes", buildCertificateHex(`0216${"01".repeat(22)}`)],
    ["with two algorithms", buildCertificateHex("020101", "300a06082a8648ce3d040303")],
    ["with an extension twice", buildCertificate({ ...fields, extensions: [...LEAF, basicConstraints({ ca: true })] })],
    ["with a path length that is negative", withValue("2.5.29.19", "3006 0101ff 0201ff")],
    ["with something behind its constraints", withValue("2.5.29.19", "3000 00")],
    ["with a key usage of no bits", withValue("2.5.29.15", "030100")],
    ["with a key usage of eight unused bits", withValue("2.5.29.15", "03020880")],
    [
      "larger than 128 KiB",
      buildCertificate({ ...fields, extensions: [extension("1.2.3", new Uint8Array(128 * 1024))] }),
    ],
  ])("%s", (_, input) => {
    expect(() => parseCertificate(input)).toThrow(DerError);
  });

  test("in any place it is cut", () => {
    for (let length = 0; length < encoded.length; length++) {
      expect(() => parseCertificate(encoded.subarray(0, length))).toThrow(DerError);
    }
  });

  test("with more than 64 extensions", () => {
    const many = (count: number) =>
      buildCertificate({
        ...fields,
        extensions: Array.from({ length: count }, (_, index) => extension(`1.2.${index}`, new Uint8Array(0))),
      });
    expect(parseCertificate(many(64)).extensions.size).toBe(64);
    expect(() => parseCertificate(many(65))).toThrow(DerError);
  });

  /** A certificate with its serial number's element, and its inner algorithm, as they are given. */
  function buildCertificateHex(serial: string, inner = "300a06082a8648ce3d040302"): Uint8Array {
    const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
    const validity = der.sequence(der.time(NOW), der.time(NOW + DAY));
    const list = der.sequence(der.sequence(der.oid("2.5.29.19"), der.boolean(true), der.octetString(der.sequence())));
    const signed = der.sequence(
      bytes("a003020102"),
      bytes(serial),
      bytes(inner),
      nameOf("A"),
      validity,
      nameOf("A"),
      root.certificate.publicKey.encoded,
      der.context(3, list),
    );
    const signature = der.bitString(bytes("3006020105020105"));
    return der.sequence(signed, bytes("300a06082a8648ce3d040302"), signature);
  }

  function withValue(oid: string, value: string): Uint8Array {
    const bytes = new Uint8Array(Buffer.from(value.replaceAll(" ", ""), "hex"));
    const other = oid === "2.5.29.15" ? basicConstraints({ ca: false }) : keyUsage("digitalSignature");
    return buildCertificate({ ...fields, extensions: [other, extension(oid, bytes, true)] });
  }

  test("never for the form of these tests: the same made well is read", () => {
    expect(parseCertificate(buildCertificateHex("020101")).subject.commonName).toBe("A");
    expect(parseCertificate(buildCertificateHex(`021500${"ff".repeat(20)}`)).serial).toHaveLength(21);
    expect(parseCertificate(withValue("2.5.29.19", "3006 0101ff 020100")).basicConstraints?.pathLength).toBe(0);
  });
});
