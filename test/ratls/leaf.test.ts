import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import { parseCertificate } from "@countersign/client/x509";
import { describe, expect, it } from "vitest";
import {
  basicConstraints,
  buildCertificate,
  distinguishedName,
  keyUsage,
  randomSerial,
} from "../../src/certificates/index.ts";
import {
  authorityIssuer,
  generateLeafKey,
  type LeafEvidenceForm,
  makeLeafEvidence,
  mintLeaf,
  selfIssuer,
} from "../../src/ratls/index.ts";
import type { QuoteSource } from "../../src/tee/quote-source.ts";

const NOW = Date.UTC(2026, 8, 4, 10, 15, 59, 999) / 1000;
const QUOTE = Uint8Array.from({ length: 700 }, (_, index) => index % 251);
const key = generateLeafKey();

function source(eventLog: string | undefined = '[{"imr":3}]') {
  const asked: Uint8Array[] = [];
  const quotes: QuoteSource = {
    kind: "dstack",
    simulated: false,
    endpoint: "test",
    async quote(reportData) {
      asked.push(reportData);
      return { quote: QUOTE, eventLog, vmConfig: undefined };
    },
  };
  return { quotes, asked };
}

async function leaf(form: LeafEvidenceForm, names: readonly [string, ...string[]] = ["gateway.example", "192.0.2.1"]) {
  const { quotes, asked } = source();
  const evidence = await makeLeafEvidence(form, quotes, key.spki, NOW);
  const { chain } = mintLeaf({ key, issuer: selfIssuer(key), evidence, names, simulated: false });
  const certificate = new X509Certificate(chain);
  return { certificate, parsed: parseCertificate(new Uint8Array(certificate.raw)), asked };
}

const sha = (algorithm: string, ...parts: Uint8Array[]): string => {
  const hasher = createHash(algorithm);
  for (const part of parts) hasher.update(part);
  return hasher.digest("hex");
};
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");
const quoteHex = hex(QUOTE);

describe("a minted leaf", () => {
  it("is for servers, no CA, valid a day from its minute, and names what it is for", async () => {
    const { certificate, parsed } = await leaf("none", ["gateway.example", "192.0.2.1", "2001:db8::1"]);
    expect(certificate.ca).toBe(false);
    expect(parsed.basicConstraints).toEqual({ ca: false, pathLength: undefined });
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.subjectAltName).toBe(
      "DNS:gateway.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1",
    );
    expect(certificate.checkHost("gateway.example")).toBe("gateway.example");
    expect(certificate.checkIP("192.0.2.1")).toBe("192.0.2.1");
    expect(certificate.validFromDate.toISOString()).toBe("2026-09-04T10:15:00.000Z");
    expect(certificate.validToDate.toISOString()).toBe("2026-09-05T10:15:00.000Z");
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(hex(parsed.publicKey.encoded)).toBe(hex(key.spki));
    expect(key.spki).toHaveLength(91);
  });

  it("carries the quote raw, made for its key and the minute it begins", async () => {
    const { parsed, asked } = await leaf("deterministic");
    const spkiDigest = createHash("sha256").update(key.spki).digest();
    expect(asked.map(hex)).toEqual([sha("sha512", spkiDigest, Buffer.from("2026-09-04T10:15Z"))]);
    expect(hex(parsed.extensions.get("1.2.840.113741.1.5.5.1.6")?.value)).toBe(quoteHex);
    expect(parsed.extensions.has("2.23.133.5.4.9")).toBe(false);
  });

  it("carries a tagged array in the interoperable form", async () => {
    const { parsed, asked } = await leaf("tcg");
    const value = parsed.extensions.get("2.23.133.5.4.9")?.value ?? new Uint8Array();
    // Tag 60000, array of two, byte string of 700: RFC 8949, section 3.1.
    expect(hex(value.subarray(0, 7))).toBe("d9ea608259" + "02bc");
    expect(hex(value.subarray(7, 707))).toBe(quoteHex);
    const claims = value.subarray(value[707] === 0x58 ? 709 : 708);
    expect(asked.map(hex)).toEqual([sha("sha256", claims) + "00".repeat(32)]);
    expect(hex(claims)).toContain(createHash("sha256").update(key.spki).digest("hex"));
  });

  it("carries quote and event log in octet strings of their own in dstack's form", async () => {
    const { parsed, asked } = await leaf("dstack");
    expect(asked.map(hex)).toEqual([sha("sha512", Buffer.from("ratls-cert:"), key.spki)]);
    expect(hex(parsed.extensions.get("1.3.6.1.4.1.62397.1.1")?.value)).toBe(`048202bc${quoteHex}`);
    const log = parsed.extensions.get("1.3.6.1.4.1.62397.1.2")?.value;
    expect(hex(log)).toBe(`040b${Buffer.from('[{"imr":3}]').toString("hex")}`);
  });

  it("costs no quote where none is wanted", async () => {
    const { parsed, asked } = await leaf("none");
    expect(asked).toEqual([]);
    expect([...parsed.extensions.keys()].filter((oid) => !oid.startsWith("2.5.29."))).toEqual([]);
  });
});

describe("the operator's CA", () => {
  function authority(ca = true, curve = "P-256") {
    const pair = generateKeyPairSync("ec", { namedCurve: curve });
    const name = distinguishedName({ commonName: "Fleet CA" });
    const certificate = buildCertificate({
      serial: randomSerial(),
      issuerName: name,
      subjectName: name,
      notBefore: NOW - 3600,
      notAfter: NOW + 7200,
      publicKeySpkiDer: new Uint8Array(pair.publicKey.export({ format: "der", type: "spki" })),
      extensions: ca ? [basicConstraints({ ca: true }), keyUsage("keyCertSign")] : [basicConstraints({ ca: false })],
      signer: { privateKey: pair.privateKey, hash: "sha256" },
    });
    const pem = new X509Certificate(certificate).toString();
    return { pem, key: pair.privateKey.export({ format: "pem", type: "pkcs8" }).toString() };
  }

  it("signs leaves, is sent after them, and is not outlived by them", async () => {
    const { pem, key: caKey } = authority();
    const evidence = await makeLeafEvidence("none", source().quotes, key.spki, NOW);
    const issuer = authorityIssuer(pem, caKey);
    const { chain, notAfter } = mintLeaf({ key, issuer, evidence, names: ["gateway.example"], simulated: false });
    const [leafPem = "", caPem = ""] = chain.split(/(?<=-----END CERTIFICATE-----\n)/);
    const [minted, ca] = [new X509Certificate(leafPem), new X509Certificate(caPem)];
    expect(minted.verify(ca.publicKey)).toBe(true);
    expect(minted.checkIssued(ca)).toBe(true);
    expect(notAfter).toBe(Math.floor(NOW + 7200));
  });

  it.each([
    ["a key of another certificate", () => authorityIssuer(authority().pem, authority().key), /does not belong/],
    [
      "a certificate that is no CA",
      () => {
        const { pem, key: own } = authority(false);
        return authorityIssuer(pem, own);
      },
      /may not sign/,
    ],
  ])("is refused with %s", (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
