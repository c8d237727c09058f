import type { Evidence } from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { AttestationError, type AttestedConnection } from "../evidence/index.ts";
import { equalBytes, keysetDigest } from "../transcript/index.ts";
import type { AttestationSettings } from "./attestation-options.ts";
import type { Channel } from "./channel.ts";

/**
 * Has the verifier judge the evidence of a connection, with nothing but what was captured on this side to judge it by.
 *
 * @throws CountersignError whatever the verifier throws; any other failure of it is `attestation.refused`
 */
export async function judge(
  settings: AttestationSettings,
  channel: Channel,
  evidence: Evidence,
): Promise<AttestedConnection> {
  const { verify, policy, now, onVerdict } = settings;
  let attested: AttestedConnection;
  try {
    attested = await verify({ ...channel, evidence, policy, now: now() / 1000 });
  } catch (cause) {
    if (cause instanceof AttestationError) onVerdict(cause.verdict);
    if (cause instanceof CountersignError) throw cause;
    throw new CountersignError("attestation.refused", "a fault of the verifier; the connection counts as refused", {
      cause,
    });
  }
  onVerdict(attested.verdict);
  // The verifier throws otherwise; should it ever not, this is the last place to notice.
  if (attested.verdict.result !== "accepted") throw new AttestationError(attested.verdict);
  if (!equalBytes(keysetDigest(attested.keyset), attested.keysetDigest)) {
    throw new CountersignError("attestation.refused", "the verified digest is not that of the verified keyset");
  }
  return attested;
}
