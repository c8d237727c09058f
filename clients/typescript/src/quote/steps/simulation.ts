import type { Policy } from "../../policy/index.ts";
import { CheckFailure, type Proven } from "../../verdict/index.ts";
import type { RootStanding } from "../trusted-root.ts";

/**
 * Evidence under a simulated root counts only if the caller names that root *and* allows simulation; either alone is
 * refused, so that neither a copied root nor a forgotten flag is enough.
 */
export function judgeSimulation({ simulated, namedBy }: RootStanding, { allowSimulated }: Policy): Proven<true> {
  if (!simulated) return { value: true, cause: "the root is not a simulated one" };
  const isNamed = namedBy !== undefined;
  if (isNamed && allowSimulated) {
    return { value: true, cause: "SIMULATED: the caller names this root and allows simulation" };
  }
  const cause = "the evidence is simulated and proves nothing about hardware";
  const name = "name its root among the policy's roots";
  const allow = "allow simulation in the policy (allowSimulated)";
  throw new CheckFailure(cause, isNamed ? allow : allowSimulated ? name : `${name}, and ${allow}`);
}
