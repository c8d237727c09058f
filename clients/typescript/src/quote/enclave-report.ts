import { ByteCursor } from "./byte-cursor.ts";

/** The report of the quoting enclave (an SGX report body). Views of the quote. */
export interface EnclaveReport {
  /** The 384 bytes the platform's certificate signs. */
  readonly encoded: Uint8Array;
  /** 4 bytes. */
  readonly miscselect: Uint8Array;
  /** 16 bytes; bit 1 of byte 0 is DEBUG. */
  readonly attributes: Uint8Array;
  /** 32 bytes. */
  readonly mrsigner: Uint8Array;
  readonly isvprodid: number;
  readonly isvsvn: number;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
}

export const ENCLAVE_REPORT_BYTES = 384;

/** @param encoded exactly 384 bytes */
export function readEnclaveReport(encoded: Uint8Array): EnclaveReport {
  const cursor = new ByteCursor(encoded);
  cursor.take(16, "cpusvn");
  const miscselect = cursor.take(4, "miscselect");
  cursor.take(28, "reserved");
  const attributes = cursor.take(16, "attributes");
  cursor.take(64, "mrenclave and reserved");
  const mrsigner = cursor.take(32, "mrsigner");
  cursor.take(96, "reserved");
  const isvprodid = cursor.uint16("isvprodid");
  const isvsvn = cursor.uint16("isvsvn");
  cursor.take(60, "reserved");
  const reportData = cursor.take(64, "report_data");
  return { encoded, miscselect, attributes, mrsigner, isvprodid, isvsvn, reportData };
}
