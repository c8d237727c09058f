import type { Policy } from "@countersign/client/policy";

/** Parts of a policy that make demands only some evidence can meet. */
type Part = "measurements" | "platform" | "app" | "kms" | "gpu" | "models";

/** A note on the policy's demands that this kind of evidence says nothing about, so that nobody takes them for met. */
export function unjudged(policy: Policy, parts: readonly Part[]): readonly string[] {
  const passedOver = parts.filter((part) => demandsAnything(policy[part]));
  if (passedOver.length === 0) return [];
  return [
    `Not judged, because this evidence says nothing about it: what the policy demands under ${passedOver.join(", ")}.`,
  ];
}

/** Whether any member, however deep, has a value other than an absent or switched-off one. */
function demandsAnything(part: unknown): boolean {
  if (part === undefined || part === false) return false;
  if (typeof part !== "object" || part === null || Array.isArray(part)) return true;
  return Object.values(part).some(demandsAnything);
}
