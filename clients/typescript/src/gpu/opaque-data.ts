import { bytesToHex } from "@noble/hashes/utils.js";
import { CheckFailure } from "../verdict/index.ts";
import { littleEndian, ReportReader } from "./report-reader.ts";

/** Mode of a multi-instance or multi-device configuration: single GPU, several, several behind protected PCIe. */
export type FeatureFlag = "SPT" | "MPT" | "PPCIE";

/** What a device states beside its measurements. Undefined: its report does not say. */
export interface OpaqueData {
  /** For example `550.90.07`. */
  readonly driverVersion: string | undefined;
  /** For example `96.00.9F.00.01`. */
  readonly vbiosVersion: string | undefined;
  readonly chipSku: string | undefined;
  readonly project: string | undefined;
  readonly projectSku: string | undefined;
  /** For example `GB100`. */
  readonly chipName: string | undefined;
  /** The NVDEC0 status byte as it is: 0xaa enabled, 0x55 disabled. Anything else is for the comparison to refuse. */
  readonly nvdec0: number | undefined;
  /** Digest of the boot firmware, SHA-384. */
  readonly firmwareId: Uint8Array | undefined;
  readonly protectedPcie: "enabled" | "disabled" | undefined;
  readonly featureFlag: FeatureFlag | undefined;
}

/** Types of the fields that are read (NVIDIA's opaque data of SPDM MEASUREMENTS). */
const FIELD = {
  driverVersion: 3,
  vbiosVersion: 6,
  nvdec0: 11,
  measurementCounts: 12,
  chipSku: 15,
  project: 17,
  projectSku: 18,
  firmwareId: 20,
  protectedPcie: 21,
  switchIds: 22,
  chipName: 35,
  featureFlag: 36,
} as const;

/** Longest text field. Bytes; genuine ones are below 16. */
const MAX_TEXT_BYTES = 64;
const FEATURE_FLAGS: readonly FeatureFlag[] = ["SPT", "MPT", "PPCIE"];

/**
 * Reads the type-length-value fields of a report. They consume the bytes exactly, in any order, each type once; types
 * without a meaning here are passed over.
 *
 * @throws CheckFailure
 */
export function parseOpaqueData(bytes: Uint8Array): OpaqueData {
  const fields = new Map<number, Uint8Array>();
  const reader = new ReportReader(bytes);
  while (!reader.done) {
    const type = reader.integer(2, "opaque field type");
    const length = reader.integer(2, "opaque field length");
    if (fields.has(type)) throw CheckFailure.malformed(`opaque field ${type}: there twice`);
    fields.set(type, reader.take(length, `opaque field ${type}`));
  }
  const read = <T>(type: number, parse: (value: Uint8Array, type: number) => T): T | undefined => {
    const value = fields.get(type);
    return value === undefined ? undefined : parse(value, type);
  };
  read(FIELD.measurementCounts, (value, type) => multipleOf(4, value, type));
  read(FIELD.switchIds, (value, type) => multipleOf(8, value, type));
  return {
    driverVersion: read(FIELD.driverVersion, text),
    vbiosVersion: read(FIELD.vbiosVersion, vbiosVersion),
    chipSku: read(FIELD.chipSku, text),
    project: read(FIELD.project, text),
    projectSku: read(FIELD.projectSku, text),
    chipName: read(FIELD.chipName, text),
    nvdec0: read(FIELD.nvdec0, (value, type) => exactLength(1, value, type)[0]),
    firmwareId: read(FIELD.firmwareId, (value, type) => exactLength(48, value, type)),
    protectedPcie: read(FIELD.protectedPcie, status),
    featureFlag: read(FIELD.featureFlag, featureFlag),
  };
}

function exactLength(length: number, value: Uint8Array, type: number): Uint8Array {
  if (value.length !== length) throw CheckFailure.malformed(`opaque field ${type}: not of ${length} bytes`);
  return value;
}

function multipleOf(unit: number, value: Uint8Array, type: number): void {
  if (value.length % unit !== 0) throw CheckFailure.malformed(`opaque field ${type}: not of ${unit} bytes each`);
}

/** NUL-terminated printable ASCII; what follows the first NUL is NULs. */
function text(value: Uint8Array, type: number): string {
  const end = value.indexOf(0);
  const printable = value.subarray(0, end).every((byte) => byte >= 0x20 && byte < 0x7f);
  const padding = value.subarray(end).every((byte) => byte === 0);
  if (value.length > MAX_TEXT_BYTES || end === -1 || !printable || !padding) {
    throw CheckFailure.malformed(`opaque field ${type}: not a text of ASCII that ends in NUL`);
  }
  return String.fromCharCode(...value.subarray(0, end));
}

/** A 64-bit little-endian number; its sixteen digits give the dotted text: the low half, then byte 4. */
function vbiosVersion(value: Uint8Array, type: number): string {
  const digits = bytesToHex(exactLength(8, value, type).toReversed()).toUpperCase();
  return `${digits.slice(8)}${digits.slice(6, 8)}`.replace(/..(?!$)/g, "$&.");
}

function status(value: Uint8Array, type: number): "enabled" | "disabled" {
  const [byte] = exactLength(1, value, type);
  if (byte === 0xaa) return "enabled";
  if (byte === 0x55) return "disabled";
  throw CheckFailure.malformed(`opaque field ${type}: a status that is not known`);
}

function featureFlag(value: Uint8Array, type: number): FeatureFlag {
  const flag = value.length > 4 ? undefined : FEATURE_FLAGS[littleEndian(value)];
  if (flag === undefined || value.length === 0) throw CheckFailure.malformed(`opaque field ${type}: an unknown flag`);
  return flag;
}
