import { equalBytes } from "@countersign/client/transcript";
import { TeeError } from "./tee-error.ts";

/** Length of report_data: all of it is always asked for and compared. Bytes. */
export const REPORT_DATA_BYTES = 64;

const HEADER_BYTES = 48;
const REPORT_DATA_IN_BODY = 520;
/** TEE type of TDX, at offset 4 of the header. */
const TEE_TYPE_TDX = 0x81;
/** Version 5 bodies: type to size (Intel TDX DCAP quoting library, quote format 5). */
const BODY_BYTES: ReadonlyMap<number, number> = new Map([
  [2, 584],
  [3, 648],
]);

/**
 * The report_data a TDX quote carries: 64 bytes, a view of the quote. Reads just enough to find them; the quote's
 * verification is somebody else's.
 *
 * @param quote attacker-controlled: every offset is checked against its length
 * @throws TeeError `tee.malformed`, or `tee.unsupported` for a quote of another kind
 */
export function quoteReportData(quote: Uint8Array): Uint8Array {
  if (quote.length < HEADER_BYTES) throw new TeeError("tee.malformed", "the quote is shorter than a quote's header");
  const view = new DataView(quote.buffer, quote.byteOffset, quote.byteLength);
  const version = view.getUint16(0, true);
  if (version !== 4 && version !== 5) throw new TeeError("tee.unsupported", `quote version ${version}: 4 or 5 is read`);
  if (view.getUint32(4, true) !== TEE_TYPE_TDX) throw new TeeError("tee.unsupported", "the quote is not one of TDX");
  let body = HEADER_BYTES;
  let bodyBytes = 584;
  if (version === 5) {
    body += 6;
    if (quote.length < body) throw new TeeError("tee.malformed", "the quote ends in its body descriptor");
    const type = view.getUint16(HEADER_BYTES, true);
    const known = BODY_BYTES.get(type);
    if (known === undefined) throw new TeeError("tee.unsupported", `quote body type ${type}: 2 or 3 is read`);
    if (view.getUint32(HEADER_BYTES + 2, true) !== known) {
      throw new TeeError("tee.malformed", "the quote's body type and size disagree");
    }
    bodyBytes = known;
  }
  if (quote.length < body + bodyBytes) throw new TeeError("tee.malformed", "the quote ends in its body");
  const start = body + REPORT_DATA_IN_BODY;
  return quote.subarray(start, start + REPORT_DATA_BYTES);
}

/** @throws TeeError `tee.mismatch` unless the quote carries exactly these 64 bytes */
export function requireReportData(quote: Uint8Array, reportData: Uint8Array): void {
  if (!equalBytes(quoteReportData(quote), reportData)) {
    throw new TeeError("tee.mismatch", "the quote carries another report_data than was asked for");
  }
}

/** @throws TypeError unless there are exactly 64 bytes: padding is nobody's to choose */
export function requireReportDataLength(reportData: Uint8Array): void {
  if (reportData.length !== REPORT_DATA_BYTES) {
    throw new TypeError(`report_data has ${REPORT_DATA_BYTES} bytes, not ${reportData.length}`);
  }
}
