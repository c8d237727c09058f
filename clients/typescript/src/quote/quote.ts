import { CheckFailure } from "../verdict/index.ts";
import { ByteCursor } from "./byte-cursor.ts";
import { MAX_QUOTE_BYTES } from "./quote-bytes.ts";
import { foreignKind, type QuoteHeader, readQuoteHeader } from "./quote-header.ts";
import { readSignatureData, type SignatureData } from "./signature-data.ts";
import { readBodyKind, readTdReport, type TdReport } from "./td-report.ts";

/** A TDX quote of version 4 or 5. Every byte string is a view of the input. Parsing says nothing about trust. */
export interface Quote {
  readonly header: QuoteHeader;
  readonly body: TdReport;
  /** Header, descriptor and body: exactly what the attestation key signed. 632, 638 or 702 bytes. */
  readonly signedBytes: Uint8Array;
  readonly signatureData: SignatureData;
}

/**
 * Reads a quote. Nested sizes must consume their container exactly; behind the quote only zeros may follow, which
 * hardware and some producers pad with.
 *
 * @param bytes attacker-controlled; at most 16 KiB
 * @throws CheckFailure malformed if the bytes are not a quote; not malformed if they are one of another kind
 */
export function parseQuote(bytes: Uint8Array): Quote {
  if (bytes.length > MAX_QUOTE_BYTES) throw CheckFailure.malformed(`the quote is larger than ${MAX_QUOTE_BYTES} bytes`);
  const cursor = new ByteCursor(bytes);
  const header = readQuoteHeader(cursor);
  const foreign = foreignKind(header);
  if (foreign !== undefined) throw foreign;
  const body = readTdReport(cursor, header.version === 4 ? "TD 1.0" : readBodyKind(cursor));
  const signedBytes = bytes.subarray(0, cursor.offset);
  const signatureDataLength = cursor.uint32("signature data length");
  const { offset } = cursor;
  const signatureData = readSignatureData(cursor.take(signatureDataLength, "signature data"), offset);
  if (cursor.take(cursor.left, "padding").some((byte) => byte !== 0)) {
    throw CheckFailure.malformed("bytes other than zero follow the quote");
  }
  return { header, body, signedBytes, signatureData };
}
