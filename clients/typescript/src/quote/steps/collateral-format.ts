import type { Checks } from "../../verdict/index.ts";
import { type Collateral, parseCollateral } from "../collateral.ts";
import type { Proof, Prove } from "../proof.ts";

/** Reads the collateral; without any, the check is skipped, and so is everything that rests on it. */
export async function readCollateral(
  checks: Checks,
  prove: Prove,
  text: string | undefined,
): Promise<Proof<Collateral>> {
  const id = "collateral.format";
  if (text !== undefined) {
    return prove(id, {}, () => ({ value: parseCollateral(text), cause: "nine fields of the known shape" }));
  }
  checks.skip(id, "no collateral was given, so revocation and security level are unknown", {
    remedy: "pass the collateral captured with the quote, or fetch it for the platform's FMSPC",
  });
  return { id, value: undefined };
}
