import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from "node:crypto";
import { parseCertificate, parsePemCertificates, verifyChain } from "@countersign/client/x509";
import { describe, expect, it } from "vitest";
import {
  createPlatformMaterial,
  createSimulatedPlatform,
  type QuoteFormat,
  SIMULATED_IMAGE,
} from "../../../src/tee/simulated/platform/index.ts";
import { oracleStatus } from "./oracle.ts";

const NOW = Date.UTC(2026, 1, 3) / 1000;
const material = createPlatformMaterial();
const platform = createSimulatedPlatform(material);
const reportData = Uint8Array.from({ length: 64 }, (_, index) => 200 - index);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Where things stand, in bytes: version 4; version 5 with either body (Intel TDX DCAP, quote formats). */
const LAYOUTS: readonly { format: QuoteFormat; version: number; body: number; signed: number }[] = [
  { format: "v4", version: 4, body: 48, signed: 632 },
  { format: "v5-td10", version: 5, body: 54, signed: 638 },
  { format: "v5-td15", version: 5, body: 54, signed: 702 },
];

describe("the simulated image", () => {
  it("has the registers its policy pins", () => {
    expect(SIMULATED_IMAGE.mrtd).toBe(
      "127ee008a24901a0620ca13548760616115c9d79ebcf0c61fb00a48201e8b32d8ac0581404d1d4b987249434c7b07a42",
    );
    expect(SIMULATED_IMAGE.rtmr0).toBe(
      "8b24f3f26f59ed44c479f37e7a5f774f38caf27e437edf7e3c13b45e034eb0f33223f2bd8119cb8819d634c834ec0206",
    );
    expect(SIMULATED_IMAGE.rtmr1).toBe(
      "fb6b672d7673e5a0cb7feaef75f4eb5b1ba1a1b55e52d23d7c2c3c2929187736886545254714d06199dc955f4aa53e78",
    );
    expect(SIMULATED_IMAGE.rtmr2).toBe(
      "e6fa69ae420c7daafce7612c1be7500b71ebe668162ec5d91ba9637263c8feef2c634544d38eaa23bd7b253a9244257a",
    );
  });
});

describe.each(LAYOUTS)("a quote in format $format", ({ format, version, body, signed }) => {
  const rtmr3 = new Uint8Array(48).fill(3);
  const mrConfigId = new Uint8Array(48).fill(9);
  const quote = platform.quote({ reportData, format, rtmr3, mrConfigId });
  const at = (offset: number, size: number): string => hex(quote.subarray(offset, offset + size));
  const u16 = (offset: number): number => Buffer.from(quote).readUInt16LE(offset);
  const u32 = (offset: number): number => Buffer.from(quote).readUInt32LE(offset);
  const signatureData = signed + 4;

  it("is accepted under the simulated root and refused under Intel's, by another library", () => {
    const collateral = platform.collateral(NOW);
    const accepted = oracleStatus(quote, collateral, NOW, platform.rootCertificate);
    expect(accepted).toEqual({ status: "UpToDate", advisories: [] });
    expect(() => oracleStatus(quote, collateral, NOW)).toThrow();
  });

  it("has every field in its place", () => {
    expect(at(0, 28)).toBe(`0${version}00020081000000${"00000000"}939a7233f79c4ca9940a0db3957f0607`);
    expect(at(28, 20)).toBe(`${hex(material.qeId)}00000000`);
    if (version === 5) expect(at(48, 6)).toBe(format === "v5-td10" ? "020048020000" : "030088020000");
    expect(at(body, 16)).toBe("06010300000000000000000000000000");
    expect(at(body + 64, 56)).toBe("00".repeat(56));
    expect(at(body + 120, 16)).toBe("0000001000000000e702060000000000");
    expect(at(body + 136, 48)).toBe(SIMULATED_IMAGE.mrtd);
    expect(at(body + 184, 48)).toBe(hex(mrConfigId));
    expect(at(body + 232, 96)).toBe("00".repeat(96));
    expect(at(body + 328, 144)).toBe(SIMULATED_IMAGE.rtmr0 + SIMULATED_IMAGE.rtmr1 + SIMULATED_IMAGE.rtmr2);
    expect(at(body + 472, 48)).toBe(hex(rtmr3));
    expect(at(body + 520, 64)).toBe(hex(reportData));
    if (format === "v5-td15") expect(at(body + 584, 64)).toBe(`0d0103${"00".repeat(61)}`);
    expect(u32(signed)).toBe(quote.length - signatureData);
    expect(u16(signatureData + 128)).toBe(6);
    expect(u32(signatureData + 130)).toBe(u32(signed) - 134);
    expect(u16(signatureData + 582)).toBe(32);
    expect(at(signatureData + 584, 32)).toBe(hex(Uint8Array.from({ length: 32 }, (_, index) => index)));
    expect(u16(signatureData + 616)).toBe(5);
    expect(u32(signatureData + 618)).toBe(quote.length - signatureData - 622);
    expect(quote.at(-2)).toBe(0x0a);
    expect(quote.at(-1)).toBe(0);
  });

  it("is signed from the root down, says OpenSSL", () => {
    const pem = Buffer.from(quote.subarray(signatureData + 622, -1)).toString("latin1");
    const [pck, pckCa, root] = parsePemCertificates(pem, 3).map((der) => new X509Certificate(der));
    if (pck === undefined || pckCa === undefined || root === undefined) throw new Error("not three certificates");
    expect(root.fingerprint256.replaceAll(":", "").toLowerCase()).toBe(platform.rootFingerprint);
    expect(root.verify(root.publicKey) && pckCa.checkIssued(root) && pckCa.verify(root.publicKey)).toBe(true);
    expect(pck.checkIssued(pckCa) && pck.verify(pckCa.publicKey)).toBe(true);

    const qeReport = quote.subarray(signatureData + 134, signatureData + 518);
    expect(verifyRaw(qeReport, pck.publicKey, quote.subarray(signatureData + 518, signatureData + 582))).toBe(true);
    const attestationKey = quote.subarray(signatureData + 64, signatureData + 128);
    const authData = quote.subarray(signatureData + 584, signatureData + 616);
    const binding = createHash("sha256").update(attestationKey).update(authData).digest("hex");
    expect(hex(qeReport.subarray(320))).toBe(binding + "00".repeat(32));
    const signature = quote.subarray(signatureData, signatureData + 64);
    expect(verifyRaw(quote.subarray(0, signed), rawPublicKey(attestationKey), signature)).toBe(true);
  });
});

describe("the certificates", () => {
  const { root, pckCa, pck, tcbSigning } = material;
  const read = (named: { readonly certificate: Uint8Array }) => parseCertificate(named.certificate);

  it("chain for the strict reader, at the ends of their validity too", async () => {
    for (const now of [NOW, Date.UTC(2020, 0, 1) / 1000, Date.UTC(2049, 11, 31, 23, 59, 59) / 1000]) {
      await verifyChain([pck, pckCa, root].map(read), { now, roots: [root.certificate] });
      await verifyChain([tcbSigning, root].map(read), { now, roots: [root.certificate] });
    }
    const stranger = createPlatformMaterial().root.certificate;
    await expect(verifyChain([pck, pckCa, root].map(read), { now: NOW, roots: [stranger] })).rejects.toThrow();
  });

  it("carry Intel's common names, and say what they are", () => {
    expect([root, pckCa, pck, tcbSigning].map((one) => read(one).subject.commonName)).toEqual([
      "Intel SGX Root CA",
      "Intel SGX PCK Platform CA",
      "Intel SGX PCK Certificate",
      "Intel SGX TCB Signing",
    ]);
    for (const one of [root, pckCa, pck, tcbSigning]) {
      expect(read(one).subject.organization).toBe("SIMULATED TEE - DEVELOPMENT ONLY");
      expect(read(one).issuer.organization).toBe("SIMULATED TEE - DEVELOPMENT ONLY");
    }
  });

  it("have the extensions of Intel's, in their order", () => {
    const five = ["2.5.29.35", "2.5.29.31", "2.5.29.14", "2.5.29.15", "2.5.29.19"];
    expect([...read(pck).extensions.keys()]).toEqual([...five, "1.2.840.113741.1.13.1"]);
    for (const one of [root, pckCa, tcbSigning]) expect([...read(one).extensions.keys()]).toEqual(five);
    for (const one of [root, pckCa, pck, tcbSigning]) {
      const critical = [...read(one).extensions.values()].filter((extension) => extension.critical);
      expect(critical.map(({ oid }) => oid)).toEqual(["2.5.29.15", "2.5.29.19"]);
    }
    expect(read(root).basicConstraints).toEqual({ ca: true, pathLength: 1 });
    expect(read(pckCa).basicConstraints).toEqual({ ca: true, pathLength: 0 });
  });

  it("describe the platform", () => {
    const value = read(pck).extensions.get("1.2.840.113741.1.13.1")?.value ?? new Uint8Array(0);
    const oid = (suffix: string): string => `060a2a864886f84d010d01${suffix}`;
    expect(hex(value)).toContain(`${oid("01")}0410${platform.ppid}`);
    expect(hex(value)).toContain(`${oid("03")}04020000`);
    expect(hex(value)).toContain(`${oid("04")}04065e5e00000000`);
    expect(hex(value)).toContain(`${oid("05")}0a0101`);
    expect(hex(value)).toContain(`${oid("06")}0410${platform.platformInstanceId}`);
    expect(hex(value)).toContain(`0211${"02010d"}`);
  });
});

describe("quotes on request", () => {
  it("are padded with zeros as hardware does", () => {
    const quote = platform.quote({ reportData, paddedTo: 5006 });
    expect(quote).toHaveLength(5006);
    expect(hex(quote.subarray(-100))).toBe("00".repeat(100));
    expect(oracleStatus(quote, platform.collateral(NOW), NOW, platform.rootCertificate).status).toBe("UpToDate");
    expect(platform.quote({ reportData, paddedTo: 10 }).length).toBeGreaterThan(4000);
  });

  it("are refused for inputs of another size", () => {
    expect(() => platform.quote({ reportData: new Uint8Array(63) })).toThrow("report_data: 63 bytes instead of 64");
    expect(() => platform.quote({ reportData, rtmr3: new Uint8Array(47) })).toThrow(RangeError);
    expect(() => platform.quote({ reportData, mrConfigId: new Uint8Array(49) })).toThrow(RangeError);
  });
});

function verifyRaw(message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  return verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
}

function rawPublicKey(point: Uint8Array): KeyObject {
  const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: base64url(point.subarray(0, 32)), y: base64url(point.subarray(32)) };
  return createPublicKey({ format: "jwk", key: jwk });
}
