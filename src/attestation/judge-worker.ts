/** Verifies evidence in a thread of its own; see judge-thread.ts. A fault ends the thread, which its owner notices. */
import { parentPort } from "node:worker_threads";
import { fromBinary } from "@bufbuild/protobuf";
import { verifyEvidence } from "@countersign/client/evidence";
import type { Policy } from "@countersign/client/policy";
import type { Verdict } from "@countersign/client/verdict";
import { EvidenceSchema } from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";

/** What the thread is asked. */
export interface Question {
  readonly id: number;
  /** Serialised Evidence. */
  readonly evidence: Uint8Array;
  readonly nonce: Uint8Array | undefined;
  readonly policy: Policy;
  /** Unix seconds. */
  readonly now: number;
}

export interface Answer {
  readonly id: number;
  readonly verdict: Verdict;
}

parentPort?.on("message", async ({ id, evidence, ...question }: Question) => {
  const { verdict } = await verifyEvidence({ ...question, evidence: fromBinary(EvidenceSchema, evidence) });
  parentPort?.postMessage({ id, verdict } satisfies Answer);
});
