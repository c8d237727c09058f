import { concat, field } from "./layout.ts";
import { SIMULATED_IMAGE } from "./simulated-image.ts";

/** What a quote says about the trust domain (TDX module ABI, TD report). Bytes as they stand in the quote. */
export interface TdReport {
  /** 16 bytes. */
  readonly teeTcbSvn: Uint8Array;
  /** 48 bytes, as every field below whose size is not given. */
  readonly mrSeam: Uint8Array;
  readonly mrSignerSeam: Uint8Array;
  /** 8 bytes. */
  readonly seamAttributes: Uint8Array;
  /** 8 bytes. */
  readonly tdAttributes: Uint8Array;
  /** 8 bytes. */
  readonly xfam: Uint8Array;
  readonly mrTd: Uint8Array;
  readonly mrConfigId: Uint8Array;
  readonly mrOwner: Uint8Array;
  readonly mrOwnerConfig: Uint8Array;
  readonly rtmr0: Uint8Array;
  readonly rtmr1: Uint8Array;
  readonly rtmr2: Uint8Array;
  readonly rtmr3: Uint8Array;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** TD 1.5 only: the module that runs now. 16 bytes. */
  readonly teeTcbSvn2: Uint8Array;
  /** TD 1.5 only. */
  readonly mrServiceTd: Uint8Array;
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const ZERO = new Uint8Array(48);

/** The simulated machine, without application and without report data. */
export const SIMULATED_TD_REPORT: TdReport = {
  // Module version 1 with minor SVN 6.
  teeTcbSvn: hex("06010300000000000000000000000000"),
  mrSeam: hex(SIMULATED_IMAGE.mrseam),
  mrSignerSeam: ZERO,
  seamAttributes: new Uint8Array(8),
  // SEPT_VE_DISABLE and nothing else.
  tdAttributes: hex("0000001000000000"),
  xfam: hex("e702060000000000"),
  mrTd: hex(SIMULATED_IMAGE.mrtd),
  mrConfigId: ZERO,
  mrOwner: ZERO,
  mrOwnerConfig: ZERO,
  rtmr0: hex(SIMULATED_IMAGE.rtmr0),
  rtmr1: hex(SIMULATED_IMAGE.rtmr1),
  rtmr2: hex(SIMULATED_IMAGE.rtmr2),
  rtmr3: ZERO,
  reportData: new Uint8Array(64),
  teeTcbSvn2: hex("0d010300000000000000000000000000"),
  mrServiceTd: ZERO,
};

/** Body of TD 1.0, 584 bytes. */
export function encodeTdReport10(report: TdReport): Uint8Array {
  return concat(
    field("tee_tcb_svn", 16, report.teeTcbSvn),
    field("mrseam", 48, report.mrSeam),
    field("mrsignerseam", 48, report.mrSignerSeam),
    field("seamattributes", 8, report.seamAttributes),
    field("tdattributes", 8, report.tdAttributes),
    field("xfam", 8, report.xfam),
    field("mrtd", 48, report.mrTd),
    field("mrconfigid", 48, report.mrConfigId),
    field("mrowner", 48, report.mrOwner),
    field("mrownerconfig", 48, report.mrOwnerConfig),
    field("rtmr0", 48, report.rtmr0),
    field("rtmr1", 48, report.rtmr1),
    field("rtmr2", 48, report.rtmr2),
    field("rtmr3", 48, report.rtmr3),
    field("report_data", 64, report.reportData),
  );
}

/** Body of TD 1.5, 648 bytes. */
export function encodeTdReport15(report: TdReport): Uint8Array {
  return concat(
    encodeTdReport10(report),
    field("tee_tcb_svn2", 16, report.teeTcbSvn2),
    field("mrservicetd", 48, report.mrServiceTd),
  );
}
