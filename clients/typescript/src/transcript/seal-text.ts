import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { STREAM_VERSION } from "./running-hash.ts";
import type { SealStatusName } from "./seal-status.ts";

/** What a seal's signed text commits to. */
export interface SealTextParts {
  /** How the exchange ended. */
  readonly status: SealStatusName;
  /** `q`, 32 bytes. */
  readonly requestDigest: Uint8Array;
  /** `n`, the number of chunks. */
  readonly chunkCount: bigint;
  /** `h_n`, 32 bytes. */
  readonly finalHash: Uint8Array;
  /** The seal's metadata, exactly the bytes that travel. */
  readonly metadata: Uint8Array;
}

/** The signed text of a seal: `countersign.stream.v1:<status>:<hex q>:<n>:<hex h_n>:<hex SHA-256(metadata)>`. */
export function sealText(parts: SealTextParts): string {
  return [
    STREAM_VERSION,
    parts.status,
    bytesToHex(parts.requestDigest),
    parts.chunkCount.toString(),
    bytesToHex(parts.finalHash),
    bytesToHex(sha256(parts.metadata)),
  ].join(":");
}
