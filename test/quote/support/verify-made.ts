import { createHash } from "node:crypto";
import { DEFAULT_POLICY, type Policy, type TrustedRoot } from "@countersign/client/policy";
import { type QuoteVerification, quoteVerdict, verifyQuote } from "@countersign/client/quote";
import type { CheckId, Verdict } from "@countersign/client/verdict";
import type { MadePlatform } from "../../support/simulated-platform/index.ts";

/** The root of a made platform as a policy names it. */
export function namedRoot({ rootCertificate }: MadePlatform, changes: Partial<TrustedRoot> = {}): TrustedRoot {
  const fingerprint = createHash("sha256").update(rootCertificate).digest("hex");
  return { kind: "tdx", fingerprint, certificate: rootCertificate, simulated: true, ...changes };
}

/** The default policy with a made platform's root and simulation allowed. */
export function policyFor(platform: MadePlatform, changes: Partial<Policy> = {}): Policy {
  return { ...DEFAULT_POLICY, roots: [namedRoot(platform)], allowSimulated: true, ...changes };
}

/** Verifies what a platform made, under a policy that names its root. */
export function verifyMade(platform: MadePlatform, changes: Partial<Policy> = {}): Promise<QuoteVerification> {
  const { quote, collateral, now } = platform;
  return verifyQuote({ quote, collateral, now, policy: policyFor(platform, changes) });
}

/** The same with the conclusion. */
export function judgeMade(platform: MadePlatform, changes: Partial<Policy> = {}): Promise<Verdict> {
  const { quote, collateral, now, reportData: expectedReportData } = platform;
  return quoteVerdict({ quote, collateral, now, policy: policyFor(platform, changes), expectedReportData });
}

/** Ids of the checks that failed, in order. */
export function failed({ checks }: Pick<Verdict, "checks">): CheckId[] {
  return checks.filter(({ outcome }) => outcome === "fail").map(({ id }) => id);
}

/** One check of a verdict. */
export function check({ checks }: Pick<Verdict, "checks">, id: CheckId) {
  return checks.find((one) => one.id === id);
}
