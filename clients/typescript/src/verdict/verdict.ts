import type { Policy } from "../policy/index.ts";
import type { Check } from "./check.ts";
import { CHECKS, type CheckId } from "./check-id.ts";
import type { Checks } from "./checks.ts";

/** What was judged. */
export type VerdictSubject = "quote" | "gpu" | "certificate" | "evidence" | "gateway" | "bundle" | "attestation report";

/** Format marker of a serialised verdict. Inside one version members are only added. */
export const VERDICT_FORMAT = "countersign.verdict.v1";

/** A value of the reported facts: plain JSON. Bytes are lower-case hex, times RFC 3339. */
export type Fact = string | number | boolean | null | readonly Fact[] | { readonly [name: string]: Fact };

/** The result of a verification. Plain JSON as it stands: this object is what `--json` prints. */
export interface Verdict {
  readonly format: typeof VERDICT_FORMAT;
  readonly subject: VerdictSubject;
  /** `malformed`: the input could not be read. `rejected`: it was read and does not hold, or is not wanted. */
  readonly result: "accepted" | "rejected" | "malformed";
  /** Whether it rests on a simulated root and so proves nothing about hardware. */
  readonly simulated: boolean;
  /** The moment of judgement, RFC 3339. */
  readonly at: string;
  /** Name of the policy. */
  readonly policy: string;
  /** In the order they were made. */
  readonly checks: readonly Check[];
  /** What the evidence states, for people and for pinning. Proven only if the checks it rests on passed. */
  readonly facts: { readonly [name: string]: Fact };
  /** What an accepted verdict does not say. */
  readonly notes: readonly string[];
}

export interface VerdictInput {
  readonly subject: VerdictSubject;
  readonly checks: Checks;
  readonly policy: Policy;
  /** Unix seconds, finite. */
  readonly now: number;
  readonly simulated: boolean;
  readonly facts: { readonly [name: string]: Fact };
  readonly notes?: readonly string[];
}

/**
 * Applies the policy's demands and waivers to the checks and draws the conclusion: accepted only if no check fails and
 * no required one was skipped. A check the policy requires and nobody made counts as skipped.
 */
export function concludeVerdict(input: VerdictInput): Verdict {
  const { subject, policy, now, simulated, facts, notes = [] } = input;
  const made = input.checks.list.map((check) => demand(check, policy));
  const known = new Set<CheckId>(made.map(({ id }) => id));
  const missing = policy.require
    .filter((id) => !known.has(id))
    .map(
      (id): Check => ({
        id,
        outcome: "skip",
        required: true,
        cause: `the policy requires it, and this ${subject} gives nothing to check it with`,
        remedy: "supply what the check needs, or take it out of the policy",
      }),
    );
  const checks = [...made, ...missing].map((check) => waive(check, policy, now));
  const accepted = checks.length > 0 && checks.every((check) => holds(check));
  return {
    format: VERDICT_FORMAT,
    subject,
    result: accepted ? "accepted" : input.checks.malformed ? "malformed" : "rejected",
    simulated,
    at: momentText(now),
    policy: policy.name,
    checks,
    facts,
    notes,
  };
}

function holds({ outcome, required }: Check): boolean {
  return outcome === "pass" || outcome === "waived" || (outcome === "skip" && !required);
}

function demand(check: Check, policy: Policy): Check {
  return policy.require.includes(check.id) ? { ...check, required: true } : check;
}

function waive(check: Check, policy: Policy, now: number): Check {
  if (holds(check) || !CHECKS[check.id].waivable) return check;
  const waiver = policy.waive.find(({ check: id, expires }) => id === check.id && now <= expires);
  if (waiver === undefined) return check;
  const until = momentText(waiver.expires);
  return { ...check, outcome: "waived", cause: `${check.cause}; waived until ${until}: ${waiver.reason}` };
}

/** RFC 3339; `invalid` for what no calendar has, which a date would throw for. */
function momentText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "invalid" : date.toISOString();
}
