import { type CollateralWindow, collateralDate } from "./collateral-window.ts";
import { SIMULATED_FMSPC } from "./platform-identity.ts";
import { CURRENT, type IsvTcbLevel, OUTDATED, type TcbJudgement } from "./tcb-level.ts";

/** A level of the whole platform. */
export interface PlatformTcbLevel extends TcbJudgement {
  readonly tcb: {
    /** Sixteen. */
    readonly sgxtcbcomponents: readonly { readonly svn: number }[];
    readonly pcesvn: number;
    /** Sixteen. */
    readonly tdxtcbcomponents: readonly { readonly svn: number }[];
  };
}

/** A TDX module: signer and attributes in upper-case hex. */
export interface TdxModule {
  readonly mrsigner: string;
  readonly attributes: string;
  readonly attributesMask: string;
}

export interface TdxModuleIdentity extends TdxModule {
  readonly id: string;
  readonly tcbLevels: readonly IsvTcbLevel[];
}

/** TCB info for TDX, version 3, of Intel's provisioning certification service; its fields in their order. */
export interface TcbInfo {
  readonly id: string;
  readonly version: number;
  readonly issueDate: string;
  readonly nextUpdate: string;
  readonly fmspc: string;
  readonly pceId: string;
  readonly tcbType: number;
  readonly tcbEvaluationDataNumber: number;
  readonly tdxModule: TdxModule;
  readonly tdxModuleIdentities: readonly TdxModuleIdentity[];
  readonly tcbLevels: readonly PlatformTcbLevel[];
}

const MODULE: TdxModule = {
  mrsigner: "0".repeat(96),
  attributes: "0".repeat(16),
  attributesMask: "F".repeat(16),
};

/** TCB info under which the simulated platform is up to date. */
export function simulatedTcbInfo(window: CollateralWindow): TcbInfo {
  return {
    id: "TDX",
    version: 3,
    issueDate: collateralDate(window.issued),
    nextUpdate: collateralDate(window.nextUpdate),
    // Upper case here and lower case in request paths, as Intel has it: some libraries compare as text.
    fmspc: SIMULATED_FMSPC.toUpperCase(),
    pceId: "0000",
    tcbType: 0,
    tcbEvaluationDataNumber: 17,
    tdxModule: MODULE,
    tdxModuleIdentities: [
      {
        id: "TDX_01",
        ...MODULE,
        tcbLevels: [
          { tcb: { isvsvn: 4 }, ...CURRENT },
          { tcb: { isvsvn: 2 }, ...OUTDATED },
        ],
      },
    ],
    tcbLevels: [
      { tcb: platformTcb([5, 5, 2, 2, 3, 1, 0, 3], 11, [4, 0, 2]), ...CURRENT },
      { tcb: platformTcb([4, 4, 2, 2, 2, 1, 0, 3], 5, [2, 0, 2]), ...OUTDATED },
    ],
  };
}

/** SVNs that are left out are zero. */
function platformTcb(sgx: readonly number[], pcesvn: number, tdx: readonly number[]): PlatformTcbLevel["tcb"] {
  const sixteen = (svns: readonly number[]): { readonly svn: number }[] =>
    Array.from({ length: 16 }, (_, index) => ({ svn: svns[index] ?? 0 }));
  return { sgxtcbcomponents: sixteen(sgx), pcesvn, tdxtcbcomponents: sixteen(tdx) };
}
