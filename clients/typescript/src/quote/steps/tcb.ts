import type { Policy } from "../../policy/index.ts";
import { CheckFailure, type Proven } from "../../verdict/index.ts";
import type { TcbEvaluation } from "../tcb-evaluation.ts";

/** The security level as a whole is one the policy accepts, and so is every advisory that comes with it. */
export function judgeTcb(evaluation: TcbEvaluation, policy: Policy, now: number): Proven<true> {
  const { applies, platform, merged, advisories, relaunchHelps } = evaluation;
  if (!applies) {
    throw new CheckFailure(
      "the TCB info is for another kind of platform (FMSPC or PCEID)",
      "fetch the collateral for the FMSPC of this platform's certificate",
    );
  }
  if (platform === undefined) {
    throw new CheckFailure(`the platform is below every TCB level: ${evaluation.shortfall}`, UPDATE);
  }
  if (merged === undefined) {
    throw new CheckFailure(
      `the platform is ${platform.status}, and the TDX module or the quoting enclave has no status`,
      "see quote.module and quote.qe_identity",
    );
  }
  // Revoked is refused even if a policy that was not parsed names it.
  if (merged === "Revoked" || !policy.tcb.accepted.includes(merged)) {
    const components = describe(evaluation);
    const cause = `${merged} is not accepted (${components})`;
    if (merged === "Revoked") throw new CheckFailure(cause, "do not use this platform");
    throw relaunchHelps
      ? new CheckFailure(`${cause}; the TDX module that runs now is current`, "relaunch the trust domain")
      : new CheckFailure(cause, `${UPDATE}, or accept the status in the policy`);
  }
  const tolerated = new Set(policy.tcb.advisories.filter(({ expires }) => now <= expires).map(({ id }) => id));
  const open = advisories.filter((id) => !tolerated.has(id));
  if (open.length > 0) {
    throw new CheckFailure(
      `${merged} comes with advisories the policy does not tolerate: ${open.join(", ")}`,
      `${UPDATE}, or tolerate them in the policy, with a reason and an expiry`,
    );
  }
  return { value: true, cause: `${merged} (${describe(evaluation)})` };
}

function describe({ platform, module, enclave }: TcbEvaluation): string {
  return `platform ${platform?.status}, module ${module?.level?.status ?? "without a status"}, QE ${enclave?.status}`;
}

const UPDATE = "update the platform's firmware, microcode and TDX module";
