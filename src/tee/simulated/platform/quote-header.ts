import { concat, field, uint16, uint32 } from "./layout.ts";

/** Header of a quote, 48 bytes (Intel TDX DCAP quoting library, quote format 4 and 5). */
export interface QuoteHeader {
  readonly version: number;
  readonly attestationKeyType: number;
  readonly teeType: number;
  /** 4 bytes. */
  readonly reserved: Uint8Array;
  /** 16 bytes. */
  readonly qeVendorId: Uint8Array;
  /** 20 bytes: 16 that name the quoting enclave's instance, and zeros. */
  readonly userData: Uint8Array;
}

const ECDSA_P256 = 2;
const TDX = 0x81;
const INTEL = new Uint8Array(Buffer.from("939a7233f79c4ca9940a0db3957f0607", "hex"));

/** @param qeId 16 bytes */
export function quoteHeader(version: number, qeId: Uint8Array): QuoteHeader {
  return {
    version,
    attestationKeyType: ECDSA_P256,
    teeType: TDX,
    reserved: new Uint8Array(4),
    qeVendorId: INTEL,
    userData: concat(qeId, new Uint8Array(4)),
  };
}

export function encodeQuoteHeader(header: QuoteHeader): Uint8Array {
  return concat(
    uint16(header.version),
    uint16(header.attestationKeyType),
    uint32(header.teeType),
    field("reserved", 4, header.reserved),
    field("vendor id", 16, header.qeVendorId),
    field("user data", 20, header.userData),
  );
}
