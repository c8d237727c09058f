import { type EvidenceVerification, verifyEvidence } from "@countersign/client/evidence";
import type { Policy } from "@countersign/client/policy";
import type { Check, CheckId, Verdict } from "@countersign/client/verdict";
import type { Evidence } from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { type MadeConnection, type MadeGateway, NONCE, NOW } from "./made-gateway.ts";

/** What a judgement deviates in from the right one. */
export interface Judged {
  readonly evidence?: Evidence;
  /** Null: the caller sent none. */
  readonly nonce?: Uint8Array | null;
  readonly connection?: MadeConnection;
  readonly policy?: Partial<Policy>;
  readonly now?: number;
}

/** Judges a gateway's evidence as its caller would, under the policy that trusts it. */
export async function judge(gateway: MadeGateway, judged: Judged = {}): Promise<EvidenceVerification> {
  const { nonce = NONCE, connection, now = NOW } = judged;
  return verifyEvidence({
    evidence: judged.evidence ?? (await gateway.evidence()),
    nonce: nonce ?? undefined,
    connection,
    policy: { ...gateway.policy, ...judged.policy },
    now,
  });
}

/** Result and the ids of all checks that failed, in order; what an acceptance would have handed out must be absent. */
export function findings({ verdict, keyset, manifest }: EvidenceVerification): readonly [string, ...CheckId[]] {
  if (verdict.result !== "accepted" && (keyset !== undefined || manifest !== undefined)) {
    throw new Error("evidence that is not accepted hands out what it states");
  }
  return [verdict.result, ...idsWith(verdict, ({ outcome }) => outcome === "fail")];
}

/** Ids of the checks that should have been made and were not. */
export function missed(verdict: Verdict): CheckId[] {
  return idsWith(verdict, ({ outcome, required }) => outcome === "skip" && required);
}

function idsWith({ checks }: Verdict, wanted: (check: Check) => boolean): CheckId[] {
  return checks.filter(wanted).map(({ id }) => id);
}

export function checkOf({ checks }: Verdict, id: CheckId): Check | undefined {
  return checks.find((check) => check.id === id);
}
