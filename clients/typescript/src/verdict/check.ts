import type { CheckId } from "./check-id.ts";

/** How a check ended. A skipped check is never a pass; a waived one did not hold, and the policy accepts that. */
export type Outcome = "pass" | "fail" | "skip" | "waived";

/** One check of a verdict. */
export interface Check {
  readonly id: CheckId;
  readonly outcome: Outcome;
  /** Whether the verdict needs it to pass. Skipping a required check is failure. */
  readonly required: boolean;
  /** Why, in one plain sentence, without evidence bytes. */
  readonly cause: string;
  /** What would fix it, and who can. Absent where nothing needs fixing. */
  readonly remedy?: string;
}
