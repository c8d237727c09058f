import { randomBytes } from "node:crypto";
import { verifyEvidence } from "@countersign/client/evidence";
import type { Policy } from "@countersign/client/policy";
import type { Verdict } from "@countersign/client/verdict";
import { type NativeEvidenceMaker, NONCE_BYTES } from "../attestation/index.ts";

/**
 * Has evidence made for a nonce, as any caller would, and verifies it: what callers will find, before there are any.
 *
 * @throws GatewayError `attestation_unavailable`, `attestation_timeout`
 */
export async function verifyOwnEvidence(native: NativeEvidenceMaker, policy: Policy): Promise<Verdict> {
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
  const evidence = await native.make(nonce, true);
  const { verdict } = await verifyEvidence({ evidence, nonce, policy, now: Date.now() / 1000 });
  return verdict;
}
