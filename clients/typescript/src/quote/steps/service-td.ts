import { bytesToHex } from "@noble/hashes/utils.js";
import type { Policy } from "../../policy/index.ts";
import { CheckFailure, type Proven } from "../../verdict/index.ts";
import { isZero } from "../masked.ts";
import type { TdReport } from "../td-report.ts";

/** No service domain is bound, which could move the trust domain elsewhere; or it is one the policy names. */
export function judgeServiceTd({ mrservicetd }: TdReport, policy: Policy): Proven<true> {
  if (mrservicetd === undefined) return { value: true, cause: "a TD 1.0 body has none" };
  if (isZero(mrservicetd)) return { value: true, cause: "none is bound" };
  if (policy.serviceTd.includes(bytesToHex(mrservicetd)))
    return { value: true, cause: "bound, and named in the policy" };
  throw new CheckFailure("a service trust domain is bound that the policy does not name", "name it in the policy");
}
