import { bytesToHex } from "@noble/hashes/utils.js";
import { CheckFailure } from "../verdict/index.ts";
import type { ByteCursor } from "./byte-cursor.ts";

/** The first 48 bytes of a quote. Signed. */
export interface QuoteHeader {
  readonly version: number;
  /** 2 is ECDSA P-256. */
  readonly attestationKeyType: number;
  /** 0x81 is TDX, 0 is SGX. */
  readonly teeType: number;
  readonly vendorId: Uint8Array;
  /** Identifies the quoting enclave's instance; informational. */
  readonly userData: Uint8Array;
}

const ECDSA_P256 = 2;
const TEE_TDX = 0x81;
/** Vendor id of Intel's quoting enclaves. */
const INTEL_VENDOR_ID = "939a7233f79c4ca9940a0db3957f0607";

/** @throws CheckFailure malformed, if there are fewer than 48 bytes */
export function readQuoteHeader(cursor: ByteCursor): QuoteHeader {
  const version = cursor.uint16("version");
  const attestationKeyType = cursor.uint16("attestation key type");
  const teeType = cursor.uint32("TEE type");
  // SVNs in quotes of version 3, reserved in those of TDX: libraries name them, and nothing may rest on them.
  cursor.take(4, "reserved header bytes");
  const vendorId = cursor.take(16, "vendor id");
  const userData = cursor.take(20, "header's user data");
  return { version, attestationKeyType, teeType, vendorId, userData };
}

/**
 * Why a quote is not one this verifier reads; undefined if it is. Such a quote may be perfectly well-formed, so it is
 * refused by name and not called malformed. Judged before anything behind the header is read, because the layout of
 * the rest depends on it.
 */
export function foreignKind(header: QuoteHeader): CheckFailure | undefined {
  const { version, attestationKeyType, teeType, vendorId } = header;
  if (version !== 4 && version !== 5) {
    const kind = version === 3 ? "version 3 is an SGX quote" : `version ${version} is unknown`;
    return new CheckFailure(`${kind}; only TDX quotes of version 4 and 5 are accepted`, REMEDY);
  }
  if (teeType !== TEE_TDX) {
    const kind = teeType === 0 ? "an SGX quote (TEE type 0)" : `a quote of unknown TEE type ${teeType}`;
    return new CheckFailure(`${kind}; only TDX quotes are accepted`, REMEDY);
  }
  if (attestationKeyType !== ECDSA_P256) {
    return new CheckFailure(`attestation key type ${attestationKeyType}; only 2, ECDSA P-256, is accepted`, REMEDY);
  }
  if (bytesToHex(vendorId) !== INTEL_VENDOR_ID) {
    return new CheckFailure("the quoting enclave is not of Intel's vendor id", REMEDY);
  }
  return undefined;
}

const REMEDY = "take the quote from a TDX guest whose host runs Intel's quoting service";
