import { describe, expect, it } from "vitest";
import { connectionReportData, evidenceReportData, gpuNonce } from "../../clients/typescript/src/evidence/index.ts";
import {
  acceptedGpuNonces,
  claimsName,
  decodeCbor,
  decodeGpuEnvelope,
  decodeTcgClaims,
  decodeTcgEvidence,
  encodeCbor,
  encodeGpuEnvelope,
  encodeTcgClaims,
  encodeTcgEvidence,
  type GpuEnvelope,
  gpuNonceForDay,
  minuteText,
  ratlsReportData,
  tcgReportData,
} from "../../clients/typescript/src/ratls/index.ts";
import { CheckFailure } from "../../clients/typescript/src/verdict/index.ts";
import { hex, toHex } from "./support/ratls-vectors.ts";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const filled = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);

describe("report data of native evidence", () => {
  const statement = {
    nonce: filled(1),
    keyset: ascii("keyset"),
    devices: new Uint8Array(),
    manifest: ascii("manifest"),
  };
  // Answers made with Python's hashlib from the written definition.
  const EVIDENCE = "595e7e9340f987ceda28b4966e64d0a0040a788f787cccf5c90052781bd6c391";
  const CONNECTION = "54ea99431a4bf6df11a9c82929c6ee8f7884accb81c350ba3b27906efafe256d";
  const GPU = "9f5bdb9aa8f35ca747faf8f802cd91d191173d79daa4d6260c2ac6fc31dd1b31";

  it("is the defined digest and zeros", () => {
    expect(toHex(evidenceReportData(statement))).toBe(EVIDENCE + "00".repeat(32));
    const connection = { ...statement, leafSpki: ascii("leaf"), exporter: filled(2) };
    expect(toHex(connectionReportData(connection))).toBe(CONNECTION + "00".repeat(32));
    expect(toHex(gpuNonce(statement.nonce, statement.keyset))).toBe(GPU);
  });

  it("refuses fields of another width, which would shift the rest", () => {
    for (const length of [0, 31, 33, 64]) {
      const nonce = filled(1, length);
      expect(() => evidenceReportData({ ...statement, nonce })).toThrow(RangeError);
      expect(() => gpuNonce(nonce, statement.keyset)).toThrow(RangeError);
      const connection = { ...statement, leafSpki: ascii("leaf"), exporter: filled(2) };
      expect(() => connectionReportData({ ...connection, nonce })).toThrow(RangeError);
      expect(() => connectionReportData({ ...connection, exporter: filled(2, length) })).toThrow(RangeError);
    }
  });
});

describe("report data of leaves", () => {
  it("is never computed for an empty key or binding", () => {
    expect(() => ratlsReportData({ spki: new Uint8Array(), binding: ascii("x") })).toThrow(RangeError);
    expect(() => ratlsReportData({ spki: ascii("x"), binding: new Uint8Array() })).toThrow(RangeError);
  });

  it("has the same minute in every locale and time zone", () => {
    const { TZ, LC_ALL } = process.env;
    try {
      process.env["TZ"] = "Asia/Kathmandu";
      process.env["LC_ALL"] = "fa_IR.UTF-8";
      expect(minuteText(Date.UTC(2026, 2, 9, 4, 5, 59, 999) / 1000)).toBe("2026-03-09T04:05Z");
    } finally {
      restore("TZ", TZ);
      restore("LC_ALL", LC_ALL);
    }
    expect(() => minuteText(Number.NaN)).toThrow(RangeError);
    expect(() => minuteText(253_402_300_800)).toThrow(RangeError);
    expect(minuteText(253_402_300_799)).toBe("9999-12-31T23:59Z");
  });

  it("accepts the GPU nonce of today and yesterday", () => {
    const firstSecond = Date.UTC(2026, 8, 5) / 1000;
    const accepted = acceptedGpuNonces(firstSecond).map(toHex);
    expect(accepted).toEqual([toHex(gpuNonceForDay(firstSecond)), toHex(gpuNonceForDay(firstSecond - 1))]);
    expect(accepted).not.toContain(toHex(gpuNonceForDay(firstSecond - 86_401)));
  });
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

describe("the GPU envelope", () => {
  const envelope: GpuEnvelope = {
    nonce: filled(7),
    report: ascii("report"),
    certificates: "chain",
    cecReport: ascii("cec"),
    uuid: "GPU-1",
    driver: "1",
    vbios: "2",
    ccEnvironment: 2,
    ccFeature: 1,
    devTools: 0,
  };
  const bytes = encodeGpuEnvelope(envelope);

  it("comes back as it was written, and skips fields it does not know", () => {
    expect(decodeGpuEnvelope(bytes)).toEqual(envelope);
    const unknown = Uint8Array.of(...bytes, 0x7f, 0, 0, 0, 1, 9);
    expect(decodeGpuEnvelope(unknown)).toEqual(envelope);
  });

  it("refuses every truncation", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeGpuEnvelope(bytes.subarray(0, length))).toThrow(CheckFailure);
    }
  });

  it.each([
    ["another mark", bytes.with(0, 0x51)],
    ["another version", bytes.with(4, 2)],
    ["a field twice", Uint8Array.of(...bytes, 0x05, 0, 0, 0, 1, 0x41)],
    ["a length beyond the end", Uint8Array.of(...bytes, 0x7f, 0xff, 0xff, 0xff, 0xff)],
    ["text that is not UTF-8", bytes.with(bytes.lastIndexOf("G".charCodeAt(0)), 0xff)],
    ["more than 64 KiB", new Uint8Array(64 * 1024 + 1)],
  ])("refuses %s", (_, input) => {
    expect(() => decodeGpuEnvelope(input)).toThrow(CheckFailure);
  });
});

describe("CBOR", () => {
  it.each([
    ["00", 0],
    ["1818", 24],
    ["190100", 256],
    ["1a00010000", 65_536],
    ["1b0000000100000000", 4_294_967_296],
    ["43010203", Uint8Array.of(1, 2, 3)],
    ["6161", "a"],
    ["820102", [1, 2]],
    ["a1616101", new Map([["a", 1]])],
    ["d9ea6080", { tag: 60_000, value: [] }],
  ])("reads and writes %s", (encoded, value) => {
    expect(decodeCbor(hex(encoded))).toEqual(value);
    expect(toHex(encodeCbor(value))).toBe(encoded);
  });

  it.each([
    ["a number that is not shortest", "1817"],
    ["a length that is not shortest", "580101"],
    ["an indefinite length", "5f4101ff"],
    ["a number above 2^53", "1bffffffffffffffff"],
    ["a negative number", "20"],
    ["a float", "f90000"],
    ["true", "f5"],
    ["a key that is not text", "a10102"],
    ["a key twice", "a2616101616102"],
    ["bytes after the value", "0000"],
    ["an end inside a value", "4301"],
    ["an end before a value", "81"],
    ["nothing", ""],
    ["a text that is not UTF-8", "61ff"],
    ["nesting that is too deep", `${"81".repeat(7)}00`],
    ["more values than 256", `990100${"00".repeat(256)}`],
    ["an array that claims more than there is", "9affffffff"],
  ])("refuses %s", (_, encoded) => {
    expect(() => decodeCbor(hex(encoded))).toThrow(CheckFailure);
  });
});

describe("evidence of interoperable RA-TLS", () => {
  const spki = ascii("key");
  // pubkey-hash: a byte string that holds [1, SHA-256("key")], inside a map; from the format's written description.
  const digest = "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683";
  const claims = `a16b7075626b65792d68617368582482015820${digest}`;

  it("writes and reads claims", () => {
    expect(toHex(encodeTcgClaims(spki))).toBe(claims);
    const parsed = decodeTcgClaims(hex(claims));
    expect(parsed).toEqual({ publicKeyHash: { hash: "sha256", value: hex(digest) }, nonce: undefined });
    expect(claimsName(parsed, spki)).toBe(true);
    expect(claimsName(parsed, ascii("other"))).toBe(false);
    expect(decodeTcgClaims(encodeTcgClaims(spki, filled(3))).nonce).toEqual(filled(3));
  });

  it("writes and reads a tagged quote", () => {
    const evidence = { quote: ascii("quote"), claims: hex(claims) };
    const bytes = encodeTcgEvidence(evidence);
    expect(toHex(bytes).startsWith("d9ea60824571756f7465")).toBe(true);
    expect(decodeTcgEvidence(bytes)).toEqual(evidence);
    expect(tcgReportData(evidence.claims).subarray(32)).toEqual(new Uint8Array(32));
  });

  it.each([
    ["another tag", "d9ea618241004100"],
    ["no tag", "8241004100"],
    ["one element", "d9ea60814100"],
    ["a text for the quote", "d9ea608261614100"],
  ])("refuses %s", (_, encoded) => {
    expect(() => decodeTcgEvidence(hex(encoded))).toThrow(CheckFailure);
  });

  it.each([
    ["no key", "a0"],
    ["an array instead of a map", "80"],
    ["a nested array instead of a byte string", `a16b7075626b65792d6861736882015820${digest}`],
    ["an unknown hash", `a16b7075626b65792d68617368582482025820${digest}`],
    ["a digest of another length", "a16b7075626b65792d6861736844820141ff"],
    ["a nonce that is not bytes", `a26b7075626b65792d68617368582482015820${digest}656e6f6e636501`],
  ])("refuses claims with %s", (_, encoded) => {
    expect(() => decodeTcgClaims(hex(encoded))).toThrow(CheckFailure);
  });
});
