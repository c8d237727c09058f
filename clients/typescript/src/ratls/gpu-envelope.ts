import { CheckFailure } from "../verdict/index.ts";

/** GPU evidence as RA-TLS leaves carry it: an envelope that begins with `PGAE`. */
export interface GpuEnvelope {
  /** 32 bytes. */
  readonly nonce: Uint8Array;
  /** SPDM measurement request and response. */
  readonly report: Uint8Array;
  /** PEM certificates, leaf first. */
  readonly certificates: string;
  /** Report of the security controller. Undefined where the device gives none. */
  readonly cecReport: Uint8Array | undefined;
  readonly uuid: string;
  readonly driver: string;
  readonly vbios: string;
  /** Confidential-computing environment, the driver's number. */
  readonly ccEnvironment: number;
  /** Confidential-computing feature, the driver's number: 1 is on. */
  readonly ccFeature: number;
  /** Developer mode: 0 is off. */
  readonly devTools: number;
}

/** Largest envelope. Bytes; genuine ones have about 9 KiB. */
export const MAX_GPU_ENVELOPE_BYTES = 64 * 1024;
const HEADER = Uint8Array.of(0x50, 0x47, 0x41, 0x45, 1);
const FIELD_HEADER_BYTES = 5;
const NONCE_BYTES = 32;
/** Most fields that are read, unknown ones included. */
const MAX_FIELDS = 32;

/** Field types, in the order they are written. */
const FIELD = {
  nonce: 0x01,
  report: 0x02,
  certificates: 0x03,
  cecReport: 0x04,
  uuid: 0x05,
  driver: 0x06,
  vbios: 0x07,
  ccEnvironment: 0x08,
  ccFeature: 0x09,
  devTools: 0x0a,
} as const;

/** Serialises an envelope. */
export function encodeGpuEnvelope(envelope: GpuEnvelope): Uint8Array {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const fields: readonly (readonly [number, Uint8Array | undefined])[] = [
    [FIELD.nonce, envelope.nonce],
    [FIELD.report, envelope.report],
    [FIELD.certificates, text(envelope.certificates)],
    [FIELD.cecReport, envelope.cecReport?.length === 0 ? undefined : envelope.cecReport],
    [FIELD.uuid, text(envelope.uuid)],
    [FIELD.driver, text(envelope.driver)],
    [FIELD.vbios, text(envelope.vbios)],
    [FIELD.ccEnvironment, bigEndian32(envelope.ccEnvironment)],
    [FIELD.ccFeature, bigEndian32(envelope.ccFeature)],
    [FIELD.devTools, bigEndian32(envelope.devTools)],
  ];
  const bytes: number[] = [...HEADER];
  for (const [type, value] of fields) {
    if (value !== undefined) bytes.push(type, ...bigEndian32(value.length), ...value);
  }
  return Uint8Array.from(bytes);
}

/**
 * Reads an envelope. Strict: every known field but the controller's report once, no field twice, numbers of exactly
 * four bytes, text in UTF-8, nothing left over. Fields of unknown types are skipped, as the format wants; the fold
 * covers them all the same.
 *
 * @param bytes attacker-controlled
 * @throws CheckFailure
 */
export function decodeGpuEnvelope(bytes: Uint8Array): GpuEnvelope {
  if (bytes.length > MAX_GPU_ENVELOPE_BYTES) throw malformed("it is too large");
  if (!HEADER.every((byte, index) => bytes[index] === byte)) throw malformed("it does not begin with its mark");
  const fields = readFields(bytes);
  const field = (type: number, name: string): Uint8Array => {
    const value = fields.get(type);
    if (value === undefined) throw malformed(`it has no ${name}`);
    return value;
  };
  const text = (type: number, name: string): string => {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(field(type, name));
    } catch (error) {
      throw error instanceof CheckFailure ? error : malformed(`its ${name} is not text`);
    }
  };
  const number = (type: number, name: string): number => {
    const value = field(type, name);
    if (value.length !== 4) throw malformed(`its ${name} is not a number of four bytes`);
    return viewOf(value).getUint32(0);
  };
  const nonce = field(FIELD.nonce, "nonce");
  if (nonce.length !== NONCE_BYTES) throw malformed(`its nonce is not ${NONCE_BYTES} bytes`);
  return {
    nonce,
    report: field(FIELD.report, "report"),
    certificates: text(FIELD.certificates, "certificate chain"),
    cecReport: fields.get(FIELD.cecReport),
    uuid: text(FIELD.uuid, "device id"),
    driver: text(FIELD.driver, "driver version"),
    vbios: text(FIELD.vbios, "VBIOS version"),
    ccEnvironment: number(FIELD.ccEnvironment, "environment"),
    ccFeature: number(FIELD.ccFeature, "feature flag"),
    devTools: number(FIELD.devTools, "developer mode"),
  };
}

function readFields(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const view = viewOf(bytes);
  const fields = new Map<number, Uint8Array>();
  let position = HEADER.length;
  while (position < bytes.length) {
    if (bytes.length - position < FIELD_HEADER_BYTES) throw malformed("it ends inside a field");
    const type = view.getUint8(position);
    const start = position + FIELD_HEADER_BYTES;
    const end = start + view.getUint32(position + 1);
    if (end > bytes.length) throw malformed("it ends inside a field");
    if (fields.has(type)) throw malformed("a field is there twice");
    if (fields.size === MAX_FIELDS) throw malformed(`it has more than ${MAX_FIELDS} fields`);
    fields.set(type, bytes.subarray(start, end));
    position = end;
  }
  return fields;
}

function bigEndian32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(what: string): CheckFailure {
  return CheckFailure.malformed(`the GPU evidence is not a well-formed envelope: ${what}`);
}
