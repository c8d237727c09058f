import {
  type MeasurementBlock,
  OPAQUE_TYPE,
  SIMULATED_MEASUREMENTS,
  SIMULATED_OPAQUE_DATA,
} from "../../../src/tee/simulated/gpu/index.ts";
import type { DeviceFaultRow } from "./fault-row.ts";

const NONCE = new Uint8Array(32).fill(0x6e);
/** Sizes of the genuine form: record of 64 blocks, and what the simulated GPU says of itself. */
const RECORD = 3520;
const OPAQUE = 370;

/** Offsets into the whole report. */
const AT = { nonce: 4, slot: 36, measurement: 52, responderNonce: 3565, opaqueValue: 3603, signature: 3969 } as const;

const flip =
  (offset: number) =>
  (report: Uint8Array): Uint8Array =>
    report.map((byte, index) => (index === offset ? byte ^ 0x01 : byte));

function withBlock(position: number, change: Partial<MeasurementBlock>): readonly MeasurementBlock[] {
  return SIMULATED_MEASUREMENTS.map((block, index) => (index === position ? { ...block, ...change } : block));
}

const withOpaque = (type: number, value: Uint8Array) =>
  SIMULATED_OPAQUE_DATA.map((item) => (item.type === type ? { type, value } : item));

const FORMAT: readonly Omit<DeviceFaultRow, "check">[] = [
  { name: "request of another SPDM version", options: { report: { request: { version: 0x12 } } } },
  { name: "request that asks for something else", options: { report: { request: { code: 0xe1 } } } },
  { name: "request for no signature", options: { report: { request: { param1: 0 } } } },
  { name: "request for one measurement", options: { report: { request: { param2: 1 } } } },
  { name: "response of another SPDM version", options: { report: { response: { version: 0x10 } } } },
  { name: "response of another kind", options: { report: { response: { code: 0x7f } } } },
  { name: "one block fewer stated", options: { report: { blockCount: 63 } } },
  { name: "one block more stated", options: { report: { blockCount: 65 } } },
  { name: "record length one less", options: { report: { recordLength: RECORD - 1 } } },
  { name: "record length one more", options: { report: { recordLength: RECORD + 1 } } },
  { name: "largest record length", options: { report: { recordLength: 0xffffff } } },
  { name: "opaque length one less", options: { report: { opaqueLength: OPAQUE - 1 } } },
  { name: "opaque length one more", options: { report: { opaqueLength: OPAQUE + 1 } } },
  { name: "largest opaque length", options: { report: { opaqueLength: 0xffff } } },
  { name: "block index twice", options: { report: { measurements: withBlock(9, { index: 9 }) } } },
  { name: "block index 0", options: { report: { measurements: withBlock(0, { index: 0 }) } } },
  { name: "block of another specification", options: { report: { measurements: withBlock(5, { specification: 0 }) } } },
  { name: "block size one less", options: { report: { measurements: withBlock(5, { size: 50 }) } } },
  { name: "block size one more", options: { report: { measurements: withBlock(63, { size: 52 }) } } },
  { name: "value size one less", options: { report: { measurements: withBlock(5, { valueSize: 47 }) } } },
  { name: "value size one more", options: { report: { measurements: withBlock(63, { valueSize: 49 }) } } },
  { name: "responder nonce of 31 bytes", options: { report: { responderNonce: new Uint8Array(31) } } },
  {
    name: "opaque item twice",
    options: { report: { opaqueData: [...SIMULATED_OPAQUE_DATA, ...SIMULATED_OPAQUE_DATA.slice(0, 1)] } },
  },
  {
    name: "firmware id of 47 bytes",
    options: { report: { opaqueData: withOpaque(OPAQUE_TYPE.firmwareId, new Uint8Array(47)) } },
  },
  { name: "signed byte after the opaque data", options: { report: { trailer: new Uint8Array(1) } } },
  { name: "byte after the signature", options: { edit: (report) => new Uint8Array([...report, 0]) } },
  { name: "last byte missing", options: { edit: (report) => report.subarray(0, -1) } },
  { name: "signature missing", options: { edit: (report) => report.subarray(0, -96) } },
  { name: "nothing", options: { edit: () => new Uint8Array(0) } },
];

const SIGNATURE: readonly Omit<DeviceFaultRow, "check">[] = [
  { name: "slot changed after signing", options: { edit: flip(AT.slot) } },
  { name: "measurement changed after signing", options: { edit: flip(AT.measurement) } },
  { name: "responder nonce changed after signing", options: { edit: flip(AT.responderNonce) } },
  { name: "driver version changed after signing", options: { edit: flip(AT.opaqueValue) } },
  { name: "signature changed", options: { edit: flip(AT.signature) } },
  {
    name: "signature of zeros",
    options: { edit: (report) => report.map((byte, at) => (at < AT.signature ? byte : 0)) },
  },
  { name: "signed by another device of the authority", options: { chain: (_, other) => other } },
];

const FIRMWARE: readonly Omit<DeviceFaultRow, "check">[] = [
  { name: "leaf for other firmware", options: { identity: { firmwareId: new Uint8Array(48).fill(1) } } },
  { name: "leaf without firmware", options: { identity: { firmwareId: null } } },
  {
    name: "report of other firmware",
    options: { report: { opaqueData: withOpaque(OPAQUE_TYPE.firmwareId, new Uint8Array(48).fill(1)) } },
  },
  {
    name: "report without firmware",
    options: { report: { opaqueData: SIMULATED_OPAQUE_DATA.filter(({ type }) => type !== OPAQUE_TYPE.firmwareId) } },
    outcome: "skip",
  },
];

const NONCES: readonly Omit<DeviceFaultRow, "check">[] = [
  { name: "another nonce", options: { report: { nonce: new Uint8Array(32) } } },
  { name: "nonce that differs in its last bit", options: { report: { nonce: flip(31)(NONCE) } } },
  { name: "nonce changed after signing", options: { edit: flip(AT.nonce) } },
];

/** Faults in what the device signed, or in the signature. */
export const REPORT_FAULTS: readonly DeviceFaultRow[] = [
  ...FORMAT.map((row) => ({ ...row, check: "gpu.format" }) as const),
  ...SIGNATURE.map((row) => ({ ...row, check: "gpu.signature" }) as const),
  ...NONCES.map((row) => ({ ...row, check: "gpu.nonce" }) as const),
  ...FIRMWARE.map((row) => ({ ...row, check: "gpu.fwid" }) as const),
  { name: "another architecture stated", options: { architecture: "BLACKWELL" }, check: "gpu.arch" },
];
