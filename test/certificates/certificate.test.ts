import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { type Certificate, parseCertificate, verifyChain } from "@countersign/client/x509";
import { describe, expect, it } from "vitest";
import {
  authorityKeyIdentifier,
  basicConstraints,
  buildCertificate,
  type CertificateExtension,
  crlDistributionPoint,
  distinguishedName,
  extendedKeyUsage,
  KEY_PURPOSE,
  keyIdentifier,
  keyUsage,
  NO_EXPIRY,
  randomSerial,
  subjectAlternativeName,
  subjectKeyIdentifier,
} from "../../src/certificates/index.ts";

const NOW = Date.UTC(2026, 1, 3) / 1000;
const DAY = 86_400;

interface Issued {
  readonly key: KeyObject;
  readonly der: Uint8Array;
}

function issue(
  curve: "P-256" | "P-384",
  name: string,
  extensions: readonly CertificateExtension[],
  issuer?: Issued,
  notAfter = NOW + DAY,
): Issued {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
  const subjectName = distinguishedName({ commonName: name, organization: "Tests & Söhne", country: "US" });
  const der = buildCertificate({
    serial: randomSerial(),
    issuerName: issuer === undefined ? subjectName : parseCertificate(issuer.der).subject.encoded,
    subjectName,
    notBefore: NOW - DAY,
    notAfter,
    publicKeySpkiDer: spkiOf(privateKey),
    extensions,
    signer: { privateKey: issuer?.key ?? privateKey, hash: curve === "P-256" ? "sha256" : "sha384" },
  });
  return { key: privateKey, der };
}

function spkiOf(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));
}

const AUTHORITY = [keyUsage("keyCertSign", "cRLSign"), basicConstraints({ ca: true, pathLength: 0 })];
const LEAF = [keyUsage("digitalSignature", "nonRepudiation"), basicConstraints({ ca: false })];

describe.each(["P-256", "P-384"] as const)("a %s chain", (curve) => {
  const root = issue(curve, "root", AUTHORITY);
  const leaf = issue(curve, "leaf", LEAF, root, NO_EXPIRY);

  it("verifies with OpenSSL", () => {
    const [authority, certificate] = [new X509Certificate(root.der), new X509Certificate(leaf.der)];
    expect(authority.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(false);
    expect(certificate.subject).toBe("CN=leaf\nO=Tests & Söhne\nC=US");
    expect(certificate.validTo).toBe("Dec 31 23:59:59 9999 GMT");
  });

  it("verifies with the strict reader, to the root it names and no other", async () => {
    const chain: Certificate[] = [leaf, root].map(({ der }) => parseCertificate(der));
    await verifyChain(chain, { now: NOW, roots: [root.der] });
    await expect(verifyChain(chain, { now: NOW, roots: [issue(curve, "root", AUTHORITY).der] })).rejects.toThrow();
    await expect(verifyChain(chain, { now: NOW + 2 * DAY, roots: [root.der] })).rejects.toThrow("expired");
  });
});

describe("extensions", () => {
  const hex = (extension: CertificateExtension): string => Buffer.from(extension.value).toString("hex");

  it("have the DER that RFC 5280 gives them", () => {
    expect(hex(basicConstraints({ ca: false }))).toBe("3000");
    expect(hex(basicConstraints({ ca: true }))).toBe("30030101ff");
    expect(hex(basicConstraints({ ca: true, pathLength: 0 }))).toBe("30060101ff020100");
    expect(hex(keyUsage("keyCertSign", "cRLSign"))).toBe("03020106");
    expect(hex(keyUsage("digitalSignature", "nonRepudiation"))).toBe("030206c0");
    expect(hex(keyUsage("digitalSignature"))).toBe("03020780");
    expect(hex(extendedKeyUsage(KEY_PURPOSE.serverAuth))).toBe("300a06082b06010505070301");
    expect(hex(subjectKeyIdentifier(Uint8Array.of(1, 2)))).toBe("04020102");
    expect(hex(authorityKeyIdentifier(Uint8Array.of(1, 2)))).toBe("300480020102");
    expect(hex(crlDistributionPoint("http://a"))).toBe("3010300ea00ca00a8608687474703a2f2f61");
  });

  it("identify a key by the SHA-1 of its point", () => {
    // A key and the identifier that OpenSSL 3.0 wrote into its certificate.
    const point =
      "042c0ae8352f41e5691cc1417fa567618fb72315397c777999f577dc361aa2fed4d38a086ee5b397888f698d307071f3c55d72e689dd549499f4ef7e597192053b";
    const spki = Buffer.from(`3059301306072a8648ce3d020106082a8648ce3d030107034200${point}`, "hex");
    const identifier = Buffer.from(keyIdentifier(new Uint8Array(spki))).toString("hex");
    expect(identifier).toBe("03ffcb0a71df8fe37bb8742ab993c6e211922c52");
  });

  it("name hosts and addresses", () => {
    const names = [
      { dns: "gateway.example" },
      { dns: "*.wild.example" },
      { ip: "127.0.0.1" },
      { ip: "::1" },
      { ip: "2001:db8::a:0:1" },
      { ip: "::ffff:1.2.3.4" },
    ] as const;
    const { der } = issue("P-256", "leaf", [...LEAF, subjectAlternativeName([...names])]);
    const certificate = new X509Certificate(der);
    expect(certificate.checkHost("gateway.example")).toBe("gateway.example");
    expect(certificate.checkHost("any.wild.example")).toBe("*.wild.example");
    expect(certificate.checkHost("other.test")).toBeUndefined();
    for (const ip of ["127.0.0.1", "::1", "2001:db8:0:0:0:a:0:1", "::ffff:1.2.3.4"]) {
      expect(certificate.checkIP(ip), ip).toBe(ip);
    }
    for (const ip of ["127.0.0.2", "::2", "2001:db8::1"]) expect(certificate.checkIP(ip), ip).toBeUndefined();
  });

  it.each([
    [{ dns: "" }],
    [{ dns: "a..b" }],
    [{ dns: "a b" }],
    [{ dns: "a.*.b" }],
    [{ dns: `${"a".repeat(64)}.example` }],
    [{ dns: "münchen.example" }],
    [{ dns: `${"a.".repeat(127)}example` }],
    [{ ip: "1.2.3" }],
    [{ ip: "fe80::1%eth0" }],
    [{ ip: "" }],
  ])("refuse %j as a name", (name) => {
    expect(() => subjectAlternativeName([name])).toThrow(RangeError);
  });
});

describe("serial numbers", () => {
  it("are positive, of one length, and differ", () => {
    const serials = Array.from({ length: 64 }, randomSerial);
    for (const serial of serials) {
      expect(serial).toHaveLength(16);
      expect((serial[0] ?? 0) >> 6).toBe(1);
    }
    expect(new Set(serials.map((serial) => Buffer.from(serial).toString("hex"))).size).toBe(serials.length);
  });
});
