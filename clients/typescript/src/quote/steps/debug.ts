import type { Policy } from "../../policy/index.ts";
import { CheckFailure, type Proven } from "../../verdict/index.ts";
import type { EnclaveReport } from "../enclave-report.ts";
import { isDebug, type TdReport } from "../td-report.ts";

/** DEBUG in the attributes of an SGX enclave: bit 1 of byte 0. */
const SGX_DEBUG = 0x02;

/** Neither the trust domain nor the quoting enclave can be looked into by the host. */
export function judgeDebug(body: TdReport, qeReport: EnclaveReport, policy: Policy): Proven<true> {
  // The mask of Intel's identity covers this bit as well; the rule must not depend on that.
  if (((qeReport.attributes[0] ?? SGX_DEBUG) & SGX_DEBUG) !== 0) {
    throw new CheckFailure("the quoting enclave is in debug mode");
  }
  if (!isDebug(body)) return { value: true, cause: "neither is in debug mode" };
  if (policy.debug) return { value: true, cause: "the trust domain is in debug mode, and the policy allows that" };
  throw new CheckFailure(
    "the trust domain is in debug mode: its host can read everything in it",
    "launch it without debug",
  );
}
