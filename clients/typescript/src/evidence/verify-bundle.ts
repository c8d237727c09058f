import type { Policy } from "../policy/index.ts";
import { Checks, concludeVerdict, type Verdict } from "../verdict/index.ts";
import { type EvidenceBundle, readBundle } from "./bundle.ts";
import { type EvidenceInput, verifyEvidence } from "./verify-evidence.ts";

/** An archive to judge, with what it is judged by. Documents of devices have to hold at the moment of judgement, too. */
export interface BundleInput extends Pick<EvidenceInput, "deviceDocuments" | "rimVerifier"> {
  /** JSON text, attacker-controlled. */
  readonly text: string;
  readonly policy: Policy;
  /** The moment of judgement, Unix seconds. Undefined: when the bundle was recorded. */
  readonly at?: number | undefined;
  /** Used for the verdict of a bundle that cannot be read: it states no time. Unix seconds. */
  readonly now: number;
}

/** Verifies archived evidence again, at the moment it was recorded unless another one is given. */
export async function verifyBundle(input: BundleInput): Promise<Verdict> {
  const { text, policy, at, now, deviceDocuments, rimVerifier } = input;
  const checks = new Checks();
  const bundle = await checks.run<EvidenceBundle>("evidence.format", () => ({
    value: readBundle(text),
    cause: "the bundle can be read",
  }));
  if (bundle === undefined) {
    return concludeVerdict({ subject: "bundle", checks, policy, now: at ?? now, simulated: false, facts: {} });
  }
  const { evidence, nonce, connection, recordedAt, source } = bundle;
  const moment = at ?? recordedAt;
  const { verdict } = await verifyEvidence({
    evidence,
    nonce,
    connection,
    policy,
    now: moment,
    deviceDocuments,
    rimVerifier,
    subject: "bundle",
  });
  return {
    ...verdict,
    facts: { source, recordedAt: new Date(recordedAt * 1000).toISOString(), ...verdict.facts },
    notes: [
      ...verdict.notes,
      "When the bundle was recorded, and what was seen of the connection, is the word of whoever recorded it.",
    ],
  };
}
