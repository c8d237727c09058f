import { createHash, createPublicKey } from "node:crypto";
import { newKey, type QuoteParts } from "../../../src/tee/simulated/platform/index.ts";
import type { FaultRow } from "./fault-row.ts";
import type { PlatformOptions } from "./make-platform.ts";

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const filled = (bytes: number, value = 0xab): Uint8Array => new Uint8Array(bytes).fill(value);

/** A quote with one byte changed after signing; counted from the end if negative. */
const flipped = (offset: number): PlatformOptions => ({
  tamper: (quote) => {
    const copy = quote.slice();
    const index = offset < 0 ? copy.length + offset : offset;
    copy[index] = (copy[index] ?? 0) ^ 1;
    return copy;
  },
});

const row = (name: string, quote: QuoteParts, ...checks: FaultRow["checks"]): FaultRow => ({
  name,
  options: { quote },
  checks,
});

/** Offset of the quote's signature in a quote of version 4. */
const SIGNATURE = 636;

const AUTH_DATA = filled(32);
const ENCLAVE_KEY = newKey().privateKey;
/** x ‖ y: the end of a SubjectPublicKeyInfo. */
const ENCLAVE_POINT = new Uint8Array(createPublicKey(ENCLAVE_KEY).export({ type: "spki", format: "der" })).slice(-64);

/** Report data of a quoting enclave that vouches for a point. */
function vouching(point: Uint8Array, tail = filled(32, 0)): QuoteParts {
  const digest = createHash("sha256").update(point).update(AUTH_DATA).digest();
  return {
    attestationPublicKey: point,
    qeAuthData: AUTH_DATA,
    qeReport: { reportData: new Uint8Array(Buffer.concat([digest, tail])) },
  };
}

/** Faults of the quote itself. */
export const QUOTE_FAULTS: readonly FaultRow[] = [
  row("version 3", { header: { version: 3 } }, "quote.header", "quote.format"),
  row("version 6", { header: { version: 6 } }, "quote.header", "quote.format"),
  row("P-384 attestation key type", { header: { attestationKeyType: 3 } }, "quote.header"),
  row("TEE type of SGX", { header: { teeType: 0 } }, "quote.header"),
  row("foreign QE vendor", { header: { qeVendorId: filled(16) } }, "quote.header"),
  row("v5: SGX body type", { format: "v5-td10", descriptor: { type: 1, size: 584 } }, "quote.format", "quote.header"),
  row(
    "v5: unknown body type",
    { format: "v5-td10", descriptor: { type: 4, size: 584 } },
    "quote.format",
    "quote.header",
  ),
  row("v5: TD 1.5 type with TD 1.0 size", { format: "v5-td10", descriptor: { type: 3, size: 584 } }, "quote.format"),
  row("v5: TD 1.0 type with TD 1.5 size", { format: "v5-td15", descriptor: { type: 2, size: 648 } }, "quote.format"),
  row("outer certification type 7", { certificationType: 7 }, "quote.format"),
  row("outer certification type 5", { certificationType: 5 }, "quote.format"),
  row("inner certification type 1", { innerCertificationType: 1 }, "quote.format"),
  row("inner certification type 3", { innerCertificationType: 3 }, "quote.format"),
  row("trailing junk", { trailer: hex("00000001") }, "quote.format"),

  row("debug TD", { body: { tdAttributes: hex("0100001000000000") } }, "quote.debug"),
  row(
    "debug QE",
    { qeReport: { attributes: hex("17000000000000000700000000000000") } },
    "quote.debug",
    "quote.qe_identity",
  ),
  row("TD under test", { body: { tdAttributes: hex("8000001000000000") } }, "quote.attributes"),
  row("reserved tdattributes bit 16", { body: { tdAttributes: hex("0000011000000000") } }, "quote.attributes"),
  row("reserved tdattributes bit 29", { body: { tdAttributes: hex("0000003000000000") } }, "quote.attributes"),
  row("SEPT_VE_DISABLE clear", { body: { tdAttributes: filled(8, 0) } }, "quote.attributes"),
  row("xfam bit outside the mask", { body: { xfam: hex("e702160000000000") } }, "quote.attributes"),
  row("xfam without SSE", { body: { xfam: hex("e502060000000000") } }, "quote.attributes"),
  row("service TD", { format: "v5-td15", body: { mrServiceTd: filled(48) } }, "quote.service_td"),

  row("module signed by somebody else", { body: { mrSignerSeam: filled(48) } }, "quote.module"),
  row("module attributes", { body: { seamAttributes: filled(8, 1) } }, "quote.module"),
  row("module version without identity", { body: { teeTcbSvn: hex(`0602${"03".padEnd(28, "0")}`) } }, "quote.module"),
  row(
    "module below every level",
    { body: { teeTcbSvn: hex(`0101${"03".padEnd(28, "0")}`) } },
    "quote.module",
    "quote.tcb",
  ),
  row("TDX component below every level", { body: { teeTcbSvn: hex("0601".padEnd(32, "0")) } }, "quote.tcb"),

  row("QE signed by somebody else", { qeReport: { mrSigner: filled(32) } }, "quote.qe_identity"),
  row("QE of another product", { qeReport: { isvProdId: 1 } }, "quote.qe_identity"),
  row("QE with miscselect", { qeReport: { miscSelect: filled(4, 1) } }, "quote.qe_identity"),
  row("QE attributes", { qeReport: { attributes: hex("05000000000000000700000000000000") } }, "quote.qe_identity"),
  row("QE below every level", { qeReport: { isvSvn: 1 } }, "quote.qe_identity", "quote.tcb"),
  row("QE outdated", { qeReport: { isvSvn: 3 } }, "quote.tcb"),

  row("QE vouches for nothing", { qeReport: { reportData: new Uint8Array(64) } }, "quote.ak_binding"),
  row("attestation key off the curve", vouching(filled(64, 5)), "quote.ak_binding"),
  row("attestation key of another enclave", vouching(ENCLAVE_POINT), "quote.signature"),
  {
    name: "tail of the QE's report data",
    options: { quote: vouching(ENCLAVE_POINT, filled(32)), quoteKeys: () => ({ attestationKey: ENCLAVE_KEY }) },
    checks: ["quote.ak_binding"],
  },
  {
    name: "QE report signed by another key",
    options: { quoteKeys: ({ pck }) => ({ pck: { ...pck, privateKey: newKey().privateKey } }) },
    checks: ["quote.qe_report"],
  },
  { name: "report data changed after signing", options: flipped(568 + 63), checks: ["quote.signature"] },
  { name: "header user data changed after signing", options: flipped(28), checks: ["quote.signature"] },
  { name: "RTMR3 changed after signing", options: flipped(520), checks: ["quote.signature"] },
  { name: "quote signature changed", options: flipped(SIGNATURE + 63), checks: ["quote.signature"] },
  { name: "QE report changed after signing", options: flipped(SIGNATURE + 134 + 383), checks: ["quote.qe_report"] },
  { name: "QE report signature changed", options: flipped(SIGNATURE + 518 + 63), checks: ["quote.qe_report"] },
  { name: "QE authentication data changed", options: flipped(SIGNATURE + 584), checks: ["quote.ak_binding"] },
];

/** Unusual, and to be accepted. */
export const ACCEPTED: readonly { readonly name: string; readonly options: PlatformOptions }[] = [
  { name: "version 4", options: {} },
  { name: "version 5, TD 1.0", options: { quote: { format: "v5-td10" } } },
  { name: "version 5, TD 1.5", options: { quote: { format: "v5-td15" } } },
  { name: "a few trailing zeros", options: { quote: { trailer: filled(70, 0) } } },
  { name: "thousands of trailing zeros", options: { quote: { trailer: filled(4000, 0) } } },
  { name: "no QE authentication data", options: { quote: { qeAuthData: filled(0) } } },
  { name: "16 bytes of QE authentication data", options: { quote: { qeAuthData: filled(16) } } },
  { name: "64 bytes of QE authentication data", options: { quote: { qeAuthData: filled(64) } } },
  { name: "xfam with shadow stack state", options: { quote: { body: { xfam: hex("e718060000000000") } } } },
  { name: "tdattributes with PKS", options: { quote: { body: { tdAttributes: hex("0000005000000000") } } } },
  { name: "Processor CA", options: { certificates: { pckCa: { commonName: "Intel SGX PCK Processor CA" } } } },
];
