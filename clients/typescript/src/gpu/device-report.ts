import { CheckFailure } from "../verdict/index.ts";
import { MAX_REPORT_BYTES } from "./device-evidence.ts";
import { type OpaqueData, parseOpaqueData } from "./opaque-data.ts";
import { ReportReader } from "./report-reader.ts";

/** An SPDM 1.1 exchange (DMTF DSP0274): a request for all signed measurements, and its response. */
export interface DeviceReport {
  /** Nonce of the request, 32 bytes: the one that is signed. */
  readonly nonce: Uint8Array;
  /** SHA-384 values. Position i is measurement block i + 1, and index i of reference documents. */
  readonly measurements: readonly Uint8Array[];
  readonly opaque: OpaqueData;
  /** What the signature covers: request and response without their signature, as a view of the input. */
  readonly signedBytes: Uint8Array;
  /** P-384, r ‖ s. */
  readonly signature: Uint8Array;
}

const SPDM_VERSION = 0x11;
const GET_MEASUREMENTS = 0xe0;
const MEASUREMENTS = 0x60;
const SIGNATURE_BYTES = 96;
const DIGEST_BYTES = 48;
/** index, specification, size, value type, value size, value. */
const BLOCK_BYTES = 1 + 1 + 2 + 1 + 2 + DIGEST_BYTES;
/** Blocks of a GPU and of an NVSwitch. */
export const GPU_BLOCKS = 64;
export const SWITCH_BLOCKS = 31;

/**
 * Reads a report exactly, first byte to last.
 *
 * @param bytes attacker-controlled
 * @throws CheckFailure, malformed, naming the field at fault
 */
export function parseDeviceReport(bytes: Uint8Array): DeviceReport {
  if (bytes.length > MAX_REPORT_BYTES) throw CheckFailure.malformed("the report is too large");
  const reader = new ReportReader(bytes);
  reader.exactly(SPDM_VERSION, 1, "SPDM version of the request");
  reader.exactly(GET_MEASUREMENTS, 1, "request code");
  reader.exactly(0x01, 1, "request for a signature");
  reader.exactly(0xff, 1, "request for all measurements");
  const nonce = reader.take(32, "request nonce");
  reader.take(1, "slot");
  reader.exactly(SPDM_VERSION, 1, "SPDM version of the response");
  reader.exactly(MEASUREMENTS, 1, "response code");
  reader.take(2, "response parameters");
  const blocks = reader.integer(1, "number of blocks");
  if (blocks !== GPU_BLOCKS && blocks !== SWITCH_BLOCKS) {
    throw CheckFailure.malformed(`number of blocks: neither ${GPU_BLOCKS} nor ${SWITCH_BLOCKS}`);
  }
  reader.exactly(blocks * BLOCK_BYTES, 3, "length of the measurement record");
  const measurements = Array.from({ length: blocks }, (_, position) => measurement(reader, position + 1));
  reader.take(32, "response nonce");
  const opaqueLength = reader.integer(2, "length of the opaque data");
  const opaque = parseOpaqueData(reader.take(opaqueLength, "opaque data"));
  const signature = reader.take(SIGNATURE_BYTES, "signature");
  reader.end("report");
  return { nonce, measurements, opaque, signedBytes: bytes.subarray(0, -SIGNATURE_BYTES), signature };
}

/** One block: numbered from 1 without gap or repeat, a DMTF measurement that is a SHA-384 value. */
function measurement(reader: ReportReader, index: number): Uint8Array {
  const what = `measurement block ${index}`;
  reader.exactly(index, 1, `${what}, index`);
  reader.exactly(1, 1, `${what}, specification`);
  reader.exactly(3 + DIGEST_BYTES, 2, `${what}, size`);
  reader.take(1, `${what}, value type`);
  reader.exactly(DIGEST_BYTES, 2, `${what}, value size`);
  return reader.take(DIGEST_BYTES, what);
}
