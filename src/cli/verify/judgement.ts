import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import {
  CheckFailure,
  type CheckId,
  type Checks,
  concludeVerdict,
  type Verdict,
  type VerdictInput,
} from "@countersign/client/verdict";
import { namingFlags } from "./flag-remedy.ts";
import { momentOf } from "./instant-flag.ts";
import { readPolicyFile } from "./policy-file.ts";
import { printVerdict } from "./print-verdict.ts";
import { type RootFiles, readRoots } from "./root-flag.ts";
import { UsageError } from "./usage-error.ts";

/** What the common flags say. */
export interface CommonValues {
  readonly policy?: string | undefined;
  readonly at?: string | undefined;
  readonly "allow-simulated"?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** By what, and when, something is judged; and how the verdict is shown. */
export interface Judgement {
  readonly policy: Policy;
  /** Unix seconds. */
  readonly now: number;
  readonly json: boolean;
}

/**
 * The policy file, or the default policy, with what the flags add to it; its name says that they did.
 *
 * @param files the roots that flags name
 * @throws UsageError
 */
export function judgementOf(values: CommonValues, files: RootFiles): Judgement {
  const base = values.policy === undefined ? DEFAULT_POLICY : readPolicyFile(values.policy);
  const roots = readRoots(files);
  const widens = roots.some(({ simulated }) => simulated);
  const allow = values["allow-simulated"] === true;
  if (base.production && (allow || widens)) {
    throw new UsageError("the policy says production: true, so it can have no simulated root and no --allow-simulated");
  }
  const added = [
    ...(widens ? ["--root"] : []),
    ...(allow ? ["--allow-simulated"] : []),
    ...(roots.some(({ kind }) => kind === "tls") ? ["--ca"] : []),
  ];
  const policy: Policy = {
    ...base,
    name: added.length === 0 ? base.name : `${base.name} with ${added.join(" and ")}`,
    roots: [...base.roots, ...roots],
    allowSimulated: base.allowSimulated || allow,
  };
  return { policy, now: momentOf(values.at), json: values.json === true };
}

/** Concludes, prints and says which exit status that is. */
export function conclude(judgement: Judgement, findings: Omit<VerdictInput, "policy" | "now">): number {
  const { policy, now } = judgement;
  return present(judgement, concludeVerdict({ ...findings, policy, now }));
}

/** Prints a verdict and says which exit status it is. */
export function present({ policy, json }: Judgement, verdict: Verdict): number {
  return printVerdict(namingFlags(verdict, policy), json);
}

/**
 * Reads an input. One that is there and cannot be read fails the check, as malformed, and gives undefined.
 *
 * @throws UsageError if it is not there
 */
export async function readInput<T>(checks: Checks, id: CheckId, read: () => T): Promise<T | undefined> {
  try {
    return read();
  } catch (failure) {
    if (!(failure instanceof CheckFailure)) throw failure;
    return checks.run<T>(id, () => {
      throw failure;
    });
  }
}
