/** Statuses that Intel gives to security levels, from best to worst. */
export type TcbStatus =
  | "UpToDate"
  | "SWHardeningNeeded"
  | "ConfigurationNeeded"
  | "ConfigurationAndSWHardeningNeeded"
  | "OutOfDate"
  | "OutOfDateConfigurationNeeded"
  | "Revoked";

/** What a level of a TCB info, a TDX module or a quoting enclave says, beside its own SVNs. */
export interface TcbJudgement {
  readonly tcbDate: string;
  readonly tcbStatus: TcbStatus;
  readonly advisoryIDs?: readonly string[];
}

/** A level by the SVN of one component. */
export interface IsvTcbLevel extends TcbJudgement {
  readonly tcb: { readonly isvsvn: number };
}

export const CURRENT: TcbJudgement = { tcbDate: "2024-03-13T00:00:00Z", tcbStatus: "UpToDate" };

export const OUTDATED: TcbJudgement = {
  tcbDate: "2023-02-15T00:00:00Z",
  tcbStatus: "OutOfDate",
  advisoryIDs: ["SIM-SA-00001"],
};
