import { KeyAlgorithm, KeyRole } from "../../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import type { Checkpoint } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { verifyEd25519 } from "../signing/index.ts";
import { checkpointText, equalBytes } from "../transcript/index.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Verifies a checkpoint against the reader's own position.
 *
 * @param count number of chunks verified so far
 * @param runningHash the reader's own `h_i`
 * @throws CountersignError `checkpoint.sequence`, `checkpoint.hash`, `checkpoint.signature`, `keyset.key`
 */
export function verifyCheckpoint(
  checkpoint: Checkpoint,
  exchange: Exchange,
  count: bigint,
  runningHash: Uint8Array,
): void {
  if (checkpoint.sequence !== count) {
    throw new CountersignError(
      "checkpoint.sequence",
      `a checkpoint over ${checkpoint.sequence} chunks came after ${count}`,
    );
  }
  if (!equalBytes(checkpoint.runningHash, runningHash)) {
    throw new CountersignError("checkpoint.hash", `the checkpoint after chunk ${count} has another running hash`);
  }
  const signature = checkpoint.ed25519;
  if (signature === undefined) {
    throw new CountersignError("checkpoint.signature", `the checkpoint after chunk ${count} is not signed`);
  }
  const publicKey = exchange.keyset.find(signature.keyId, KeyRole.STREAM, KeyAlgorithm.ED25519, exchange.now());
  const text = checkpointText({ requestDigest: exchange.requestDigest, sequence: count, runningHash });
  if (!verifyEd25519(signature.value, text, publicKey)) {
    throw new CountersignError(
      "checkpoint.signature",
      `the signature of the checkpoint after chunk ${count} is not valid`,
    );
  }
}
