import { CountersignError } from "../errors/index.ts";
import type { Verdict } from "../verdict/index.ts";

/** Evidence was obtained and does not satisfy the policy: code `attestation.refused`. */
export class AttestationError extends CountersignError {
  override readonly name = "AttestationError";
  /** Every check, with causes and remedies. */
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    const failed = verdict.checks.filter(
      ({ outcome, required }) => outcome === "fail" || (outcome === "skip" && required),
    );
    const [first] = failed;
    const more = failed.length > 1 ? `, and ${failed.length - 1} more` : "";
    const reason = first === undefined ? `the verdict is "${verdict.result}"` : `${first.id}: ${first.cause}${more}`;
    super("attestation.refused", `the gateway's evidence does not satisfy the policy (${reason})`);
    this.verdict = verdict;
  }
}
