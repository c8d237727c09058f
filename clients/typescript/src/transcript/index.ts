export { type CheckpointTextParts, checkpointText } from "./checkpoint-text.ts";
export { DIGEST_BYTES, keysetDigest, requestDigest } from "./digest.ts";
export { equalBytes } from "./equal-bytes.ts";
export { createRunningHash, type RunningHash, STREAM_VERSION } from "./running-hash.ts";
export { type SealStatusName, sealStatusName } from "./seal-status.ts";
export { type SealTextParts, sealText } from "./seal-text.ts";
