import { type KeyObject, randomBytes, sign } from "node:crypto";
import { encodeMeasurementBlock, type MeasurementBlock, SIMULATED_MEASUREMENTS } from "./measurement-block.ts";
import { encodeOpaqueData, type OpaqueItem, SIMULATED_OPAQUE_DATA } from "./opaque-data.ts";

/** The first four bytes of an SPDM message. */
export interface SpdmHeader {
  readonly version: number;
  readonly code: number;
  readonly param1: number;
  readonly param2: number;
}

/** Parts of a report. Each is by default as the simulated GPU has it, lengths as they come out; all of it is signed. */
export interface ReportParts {
  readonly request?: Partial<SpdmHeader>;
  /** In the signed request. Default: the nonce that was asked for. */
  readonly nonce?: Uint8Array;
  /** Default 0. */
  readonly slot?: number;
  readonly response?: Partial<SpdmHeader>;
  readonly measurements?: readonly MeasurementBlock[];
  /** As stated. */
  readonly blockCount?: number;
  /** As stated. Bytes. */
  readonly recordLength?: number;
  /** 32 bytes. Default random. */
  readonly responderNonce?: Uint8Array;
  readonly opaqueData?: readonly OpaqueItem[];
  /** As stated. Bytes. */
  readonly opaqueLength?: number;
  /** Signed bytes after the opaque data, where none belong. */
  readonly trailer?: Uint8Array;
}

const VERSION_1_1 = 0x11;
/** All measurements, signed (DSP0274 1.1, GET_MEASUREMENTS). */
const REQUEST: SpdmHeader = { version: VERSION_1_1, code: 0xe0, param1: 0x01, param2: 0xff };
const RESPONSE: SpdmHeader = { version: VERSION_1_1, code: 0x60, param1: 0, param2: 0 };

/**
 * The request for measurements with the device's answer, signed together with ECDSA P-384 and SHA-384.
 *
 * @param nonce 32 bytes
 */
export function buildReport(attestationKey: KeyObject, nonce: Uint8Array, parts: ReportParts = {}): Uint8Array {
  const { measurements = SIMULATED_MEASUREMENTS, opaqueData = SIMULATED_OPAQUE_DATA } = parts;
  const record = Buffer.concat(measurements.map(encodeMeasurementBlock));
  const opaque = encodeOpaqueData(opaqueData);
  const lengths = Buffer.alloc(4);
  lengths.writeUInt8(parts.blockCount ?? measurements.length, 0);
  lengths.writeUIntLE(parts.recordLength ?? record.length, 1, 3);
  const opaqueLength = Buffer.alloc(2);
  opaqueLength.writeUInt16LE(parts.opaqueLength ?? opaque.length);
  const signed = Buffer.concat([
    header({ ...REQUEST, ...parts.request }),
    parts.nonce ?? nonce,
    Uint8Array.of(parts.slot ?? 0),
    header({ ...RESPONSE, ...parts.response }),
    lengths,
    record,
    parts.responderNonce ?? randomBytes(32),
    opaqueLength,
    opaque,
    parts.trailer ?? new Uint8Array(0),
  ]);
  const signature = sign("sha384", signed, { key: attestationKey, dsaEncoding: "ieee-p1363" });
  return new Uint8Array(Buffer.concat([signed, signature]));
}

function header({ version, code, param1, param2 }: SpdmHeader): Uint8Array {
  return Uint8Array.of(version, code, param1, param2);
}
