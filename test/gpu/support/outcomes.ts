import type { Checks } from "@countersign/client/verdict";

/** Outcomes by id; a skip that nobody needs is told from one that is failure. */
export function outcomes(checks: Checks): Record<string, string> {
  return Object.fromEntries(
    checks.list.map(({ id, outcome, required }) => [id, outcome === "skip" && required ? "skip, required" : outcome]),
  );
}

/** Cause of one check. */
export function causeOf(checks: Checks, id: string): string | undefined {
  return checks.list.find((check) => check.id === id)?.cause;
}
