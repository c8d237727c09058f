import { type CollateralWindow, collateralDate } from "./collateral-window.ts";
import { QE_ISVPRODID, QE_MRSIGNER } from "./qe-report.ts";
import { CURRENT, type IsvTcbLevel, OUTDATED } from "./tcb-level.ts";

/** Identity of the quoting enclave for TDX, version 2, of Intel's provisioning certification service. */
export interface EnclaveIdentity {
  readonly id: string;
  readonly version: number;
  readonly issueDate: string;
  readonly nextUpdate: string;
  readonly tcbEvaluationDataNumber: number;
  readonly miscselect: string;
  readonly miscselectMask: string;
  readonly attributes: string;
  readonly attributesMask: string;
  readonly mrsigner: string;
  readonly isvprodid: number;
  readonly tcbLevels: readonly IsvTcbLevel[];
}

/** The identity under which the simulated quoting enclave is up to date. */
export function simulatedEnclaveIdentity(window: CollateralWindow): EnclaveIdentity {
  return {
    id: "TD_QE",
    version: 2,
    issueDate: collateralDate(window.issued),
    nextUpdate: collateralDate(window.nextUpdate),
    tcbEvaluationDataNumber: 17,
    miscselect: "00000000",
    miscselectMask: "FFFFFFFF",
    attributes: "11000000000000000000000000000000",
    attributesMask: "FBFFFFFFFFFFFFFF0000000000000000",
    mrsigner: QE_MRSIGNER,
    isvprodid: QE_ISVPRODID,
    tcbLevels: [
      { tcb: { isvsvn: 4 }, ...CURRENT },
      { tcb: { isvsvn: 2 }, ...OUTDATED },
    ],
  };
}
