export type { Check, Outcome } from "./check.ts";
export { CheckFailure } from "./check-failure.ts";
export { CHECKS, type CheckId, isCheckId, type Responsible } from "./check-id.ts";
export { Checks, type Proven, type SkipOptions } from "./checks.ts";
export {
  concludeVerdict,
  type Fact,
  VERDICT_FORMAT,
  type Verdict,
  type VerdictInput,
  type VerdictSubject,
} from "./verdict.ts";
