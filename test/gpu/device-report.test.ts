import { parseDeviceReport } from "@countersign/client/gpu";
import { CheckFailure } from "@countersign/client/verdict";
import { describe, expect, it } from "vitest";
import { ascii, concat, little, NONCE, reportBody } from "./support/device.ts";

const SIGNATURE = new Uint8Array(96).fill(7);
const whole = (body: Uint8Array): Uint8Array => concat(body, SIGNATURE);

function refusal(bytes: Uint8Array): string {
  try {
    parseDeviceReport(bytes);
  } catch (error) {
    if (error instanceof CheckFailure && error.malformed) return error.message;
    throw error;
  }
  return "accepted";
}

describe("device reports", () => {
  it("are read, and what is signed is a view of the input", () => {
    const bytes = whole(reportBody());
    const report = parseDeviceReport(bytes);
    expect(report.nonce).toEqual(NONCE);
    expect(report.measurements).toHaveLength(64);
    expect(report.signature).toEqual(SIGNATURE);
    expect(report.signedBytes.buffer).toBe(bytes.buffer);
    expect(report.signedBytes).toHaveLength(bytes.length - 96);
    expect(report.opaque).toMatchObject({ driverVersion: "550.90.07", vbiosVersion: "96.00.9F.00.01", nvdec0: 0xaa });
  });

  it("are read for a switch, and with the fields of newer versions", () => {
    const opaque = { 34: Uint8Array.of(1, 0), 35: ascii("GB100"), 36: Uint8Array.of(2), 20: undefined };
    const report = parseDeviceReport(whole(reportBody({ blocks: 31, opaque })));
    expect(report.measurements).toHaveLength(31);
    expect(report.opaque).toMatchObject({ chipName: "GB100", featureFlag: "PPCIE" });
    expect(report.opaque.firmwareId).toBeUndefined();
  });

  it("are refused when they end anywhere too early or too late", () => {
    const bytes = whole(reportBody());
    for (let length = 0; length < bytes.length; length++) {
      expect(refusal(bytes.subarray(0, length)), `${length} bytes`).not.toBe("accepted");
    }
    expect(refusal(concat(bytes, Uint8Array.of(0)))).toBe("report: bytes after its end");
    expect(refusal(new Uint8Array(64 * 1024 + 1))).toBe("the report is too large");
  });

  it("are refused for every fixed byte that is another", () => {
    const bytes = whole(reportBody());
    const block = 37 + 8;
    const fixed = [0, 1, 2, 3, 37, 38, 41, 42, 43, 44, block, block + 1, block + 2, block + 3, block + 5, block + 6];
    for (const index of [...fixed, block + 55, block + 63 * 55]) {
      expect(refusal(bytes.with(index, (bytes[index] ?? 0) ^ 0x80)), `byte ${index}`).not.toBe("accepted");
    }
  });

  it("are refused when a length field is off by one or at its most", () => {
    const body = reportBody();
    const opaqueLength = 37 + 8 + 3520 + 32;
    for (const [offset, bytes] of [
      [42, 3],
      [opaqueLength, 2],
      [opaqueLength + 4, 2],
    ] as const) {
      const value = body.subarray(offset, offset + bytes).reduceRight((sum, byte) => sum * 256 + byte, 0);
      for (const other of [value - 1, value + 1, 256 ** bytes - 1]) {
        const changed = new Uint8Array(body);
        changed.set(little(other, bytes), offset);
        expect(refusal(whole(changed)), `${other} at ${offset}`).not.toBe("accepted");
      }
    }
  });

  it.each([
    ["a field twice", { opaqueTail: concat(little(3, 2), little(2, 2), ascii("1")) }],
    ["an unknown field twice", { opaqueTail: concat(little(99, 2), little(0, 2), little(99, 2), little(0, 2)) }],
    ["half a field", { opaqueTail: little(99, 2) }],
    ["a version without its end", { opaque: { 3: new Uint8Array(Buffer.from("550")) } }],
    ["a version with text behind its end", { opaque: { 3: new Uint8Array(Buffer.from("550\0x\0")) } }],
    ["a version that is not printable", { opaque: { 3: Uint8Array.of(0x1b, 0) } }],
    ["an overlong version", { opaque: { 3: ascii("5".repeat(64)) } }],
    ["a VBIOS version of seven bytes", { opaque: { 6: new Uint8Array(7) } }],
    ["counters that are not whole", { opaque: { 12: new Uint8Array(7) } }],
    ["a firmware id of another size", { opaque: { 20: new Uint8Array(32) } }],
    ["an unknown PCIe status", { opaque: { 21: Uint8Array.of(0) } }],
    ["an unknown feature flag", { opaque: { 36: Uint8Array.of(3) } }],
    ["an empty feature flag", { opaque: { 36: new Uint8Array() } }],
    ["another number of blocks", { blocks: 63 }],
  ])("are refused for %s", (_, options) => {
    expect(refusal(whole(reportBody(options)))).not.toBe("accepted");
  });
});
