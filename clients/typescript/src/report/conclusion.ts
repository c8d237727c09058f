import type { Check, Verdict } from "../verdict/index.ts";

/** Most ids that are named in the conclusion. */
const MOST_NAMED = 4;

/** The verdict in one plain sentence or two. */
export function conclusion(verdict: Verdict): string {
  const { result, policy, checks, simulated } = verdict;
  switch (result) {
    case "accepted": {
      const waived = checks.filter(({ outcome }) => outcome === "waived");
      const except = waived.length === 0 ? "" : ` Waived: ${names(waived)}.`;
      const what = simulated ? "Accepted as a simulation" : "Accepted";
      return `${what}: every required check holds under the policy "${policy}".${except}`;
    }
    case "malformed":
      return `Malformed: the input cannot be read. ${findings(checks)}`.trimEnd();
    case "rejected":
      return `Rejected: the policy "${policy}" is not satisfied. ${findings(checks)}`.trimEnd();
  }
}

function findings(checks: readonly Check[]): string {
  const failed = checks.filter(({ outcome }) => outcome === "fail");
  const missing = checks.filter(({ outcome, required }) => outcome === "skip" && required);
  return [
    failed.length === 0 ? "" : `Failed: ${names(failed)}.`,
    missing.length === 0 ? "" : `Required and not made: ${names(missing)}.`,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

function names(checks: readonly Check[]): string {
  const named = checks.slice(0, MOST_NAMED).map(({ id }) => id);
  const more = checks.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
