import { bytesToHex } from "@noble/hashes/utils.js";

/** What a checkpoint's signed text commits to. */
export interface CheckpointTextParts {
  /** `q`, 32 bytes. */
  readonly requestDigest: Uint8Array;
  /** `i`, the sequence of the last chunk covered. */
  readonly sequence: bigint;
  /** `h_i`, 32 bytes. */
  readonly runningHash: Uint8Array;
}

/** The signed text of a checkpoint: `countersign.checkpoint.v1:<hex q>:<i>:<hex h_i>`. */
export function checkpointText(parts: CheckpointTextParts): string {
  return [
    "countersign.checkpoint.v1",
    bytesToHex(parts.requestDigest),
    parts.sequence.toString(),
    bytesToHex(parts.runningHash),
  ].join(":");
}
