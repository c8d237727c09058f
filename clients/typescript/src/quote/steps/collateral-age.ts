import type { Policy } from "../../policy/index.ts";
import { CheckFailure, type Checks } from "../../verdict/index.ts";
import type { Proof, Prove } from "../proof.ts";
import type { IntelDocuments } from "./collateral-signature.ts";

const ID = "collateral.age";

/** Both documents are as recent as the policy asks; skipped if it asks nothing. */
export async function judgeAge(
  checks: Checks,
  prove: Prove,
  documents: Proof<IntelDocuments>,
  { policy, now }: { readonly policy: Policy; readonly now: number },
): Promise<void> {
  const { maxAgeSeconds } = policy.collateral;
  const { minEvaluationNumber } = policy.tcb;
  if (maxAgeSeconds === undefined && minEvaluationNumber === undefined) {
    checks.skip(ID, "the policy sets neither an age nor an evaluation number", { required: false });
    return;
  }
  await prove(ID, { documents }, ({ documents: { tcbInfo, enclaveIdentity } }) => {
    if (!Number.isFinite(now)) throw new CheckFailure("the moment of verification is not a number");
    for (const document of [tcbInfo, enclaveIdentity]) {
      if (maxAgeSeconds !== undefined && now - document.issueDate > maxAgeSeconds) {
        throw new CheckFailure(`the collateral is older than ${maxAgeSeconds} seconds`, REMEDY);
      }
      const { tcbEvaluationDataNumber: number } = document;
      if (minEvaluationNumber !== undefined && number < minEvaluationNumber) {
        throw new CheckFailure(`its evaluation number is ${number}, and ${minEvaluationNumber} is asked`, REMEDY);
      }
    }
    return { value: true, cause: "both documents are as recent as the policy asks" };
  });
}

const REMEDY = "fetch current collateral";
