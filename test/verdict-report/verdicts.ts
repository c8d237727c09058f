import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import { CheckFailure, Checks, concludeVerdict, type Verdict, type VerdictInput } from "@countersign/client/verdict";

/** 2026-03-01T00:00:00Z */
export const NOW = 1_772_323_200;

/** A verdict of these checks. */
export function verdictOf(checks: Checks, rest: Partial<VerdictInput> = {}, policy: Partial<Policy> = {}): Verdict {
  return concludeVerdict({
    subject: "quote",
    checks,
    policy: { ...DEFAULT_POLICY, ...policy },
    now: NOW,
    simulated: false,
    facts: {},
    ...rest,
  });
}

/** Checks with one of every outcome, out of the families' order. */
export function mixedChecks(): Checks {
  const checks = new Checks();
  checks.fail("gpu.mode", "the device is not in protected mode", "switch the mode on");
  checks.pass("quote.format", "version 4, 5006 bytes");
  checks.skip("quote.report_data", "no expected value is given", { required: false, remedy: "give one" });
  checks.fail("quote.tcb", "the platform is OutOfDate", "update its firmware");
  checks.skip("collateral.format", "there is no collateral", { remedy: "give collateral" });
  return checks;
}

/** Checks of an input that cannot be read. */
export async function malformedChecks(): Promise<Checks> {
  const checks = new Checks();
  await checks.run("quote.format", () => {
    throw CheckFailure.malformed("the header is cut short");
  });
  return checks;
}
