import { CheckFailure, type Proven } from "../../verdict/index.ts";
import { utcTimeText } from "../rfc3339.ts";
import type { DocumentWindow } from "../tcb-info.ts";
import type { IntelDocuments } from "./collateral-signature.ts";

/** Both documents hold now; both ends are inclusive. */
export function judgeWindow(
  { tcbInfo, enclaveIdentity }: IntelDocuments,
  { now, skewSeconds }: { readonly now: number; readonly skewSeconds: number },
): Proven<true> {
  // NaN would make every comparison below false.
  if (!Number.isFinite(now)) throw new CheckFailure("the moment of verification is not a number");
  requireCurrent(tcbInfo, "the TCB info", now, skewSeconds);
  requireCurrent(enclaveIdentity, "the enclave identity", now, skewSeconds);
  const until = Math.min(tcbInfo.nextUpdate, enclaveIdentity.nextUpdate);
  return { value: true, cause: `both documents hold until ${utcTimeText(until)}` };
}

function requireCurrent(document: DocumentWindow, what: string, now: number, skewSeconds: number): void {
  if (now + skewSeconds < document.issueDate) {
    throw new CheckFailure(
      `${what} is not valid before ${utcTimeText(document.issueDate)}`,
      "check the clock, or verify at the time the evidence was recorded",
    );
  }
  if (now - skewSeconds > document.nextUpdate) {
    throw new CheckFailure(
      `${what} expired at ${utcTimeText(document.nextUpdate)}`,
      "fetch current collateral, or verify at the time the evidence was recorded",
    );
  }
}
