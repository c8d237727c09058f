import type { Policy } from "@countersign/client/policy";
import type { Check, Verdict } from "@countersign/client/verdict";

/**
 * The verdict with the remedy for refused simulation in terms of this command. A simulated root and the consent to
 * simulation are both needed, so whoever gave one is told of the other.
 */
export function namingFlags(verdict: Verdict, policy: Policy): Verdict {
  const remedy = simulationRemedy(policy);
  if (remedy === undefined) return verdict;
  const checks = verdict.checks.map((check): Check => {
    return check.id === "simulation" && check.outcome === "fail" ? { ...check, remedy } : check;
  });
  return { ...verdict, checks };
}

function simulationRemedy({ roots, allowSimulated }: Policy): string | undefined {
  const named = roots.some(({ simulated }) => simulated);
  if (named && allowSimulated) return undefined;
  if (named) return "if a simulated TEE is what you want, add --allow-simulated beside its --root";
  const root = "name its root with --root <pem>, from a source other than the peer";
  return allowSimulated
    ? `--allow-simulated is not enough: ${root}`
    : `if a simulated TEE is what you want, ${root}, and add --allow-simulated`;
}
