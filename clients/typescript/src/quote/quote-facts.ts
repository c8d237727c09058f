import { bytesToHex } from "@noble/hashes/utils.js";
import type { Fact } from "../verdict/index.ts";
import type { EnclaveReport } from "./enclave-report.ts";
import type { PckExtension } from "./pck-extension.ts";
import type { Quote } from "./quote.ts";
import { utcTimeText } from "./rfc3339.ts";
import type { IntelDocuments } from "./steps/collateral-signature.ts";
import type { TcbEvaluation } from "./tcb-evaluation.ts";
import type { DocumentWindow } from "./tcb-info.ts";
import type { TcbAssessment } from "./tcb-level.ts";
import { isDebug, type TdReport } from "./td-report.ts";
import type { RootStanding } from "./trusted-root.ts";

/** What the facts are drawn from; undefined where it was not reached. */
export interface FactSources {
  readonly quote: Quote | undefined;
  readonly root: RootStanding | undefined;
  readonly pck: PckExtension | undefined;
  readonly documents: IntelDocuments | undefined;
  readonly tcb: TcbEvaluation | undefined;
}

type Facts = { readonly [name: string]: Fact };

/**
 * What a quote states, for people and for pinning. PPID and instance id stay out: they identify one machine for good.
 */
export function quoteFacts({ quote, root, pck, documents, tcb }: FactSources): Facts {
  return {
    ...(quote && { version: quote.header.version, ...bodyFacts(quote.body) }),
    ...(quote && { qe: enclaveFacts(quote.signatureData.qeReport) }),
    ...(root && { root: { fingerprint: root.fingerprint, simulated: root.simulated } }),
    ...(pck && { platform: { fmspc: pck.fmspc, pceid: pck.pceid, pcesvn: pck.pcesvn, components: pck.components } }),
    ...(documents && {
      collateral: {
        tcbInfo: windowFacts(documents.tcbInfo),
        enclaveIdentity: windowFacts(documents.enclaveIdentity),
      },
    }),
    ...(tcb && { tcb: tcbFacts(tcb) }),
  };
}

function bodyFacts(body: TdReport): Facts {
  const { kind, teeTcbSvn2, mrservicetd } = body;
  return {
    body: kind,
    debug: isDebug(body),
    teeTcbSvn: bytesToHex(body.teeTcbSvn),
    ...(teeTcbSvn2 && { teeTcbSvn2: bytesToHex(teeTcbSvn2) }),
    mrseam: bytesToHex(body.mrseam),
    mrsignerseam: bytesToHex(body.mrsignerseam),
    seamattributes: bytesToHex(body.seamattributes),
    tdattributes: bytesToHex(body.tdattributes),
    xfam: bytesToHex(body.xfam),
    mrtd: bytesToHex(body.mrtd),
    mrconfigid: bytesToHex(body.mrconfigid),
    mrowner: bytesToHex(body.mrowner),
    mrownerconfig: bytesToHex(body.mrownerconfig),
    rtmr0: bytesToHex(body.rtmr0),
    rtmr1: bytesToHex(body.rtmr1),
    rtmr2: bytesToHex(body.rtmr2),
    rtmr3: bytesToHex(body.rtmr3),
    ...(mrservicetd && { mrservicetd: bytesToHex(mrservicetd) }),
    reportData: bytesToHex(body.reportData),
  };
}

function enclaveFacts({ mrsigner, isvprodid, isvsvn }: EnclaveReport): Facts {
  return { mrsigner: bytesToHex(mrsigner), isvprodid, isvsvn };
}

function windowFacts({ issueDate, nextUpdate, tcbEvaluationDataNumber }: DocumentWindow): Facts {
  return { issueDate: utcTimeText(issueDate), nextUpdate: utcTimeText(nextUpdate), tcbEvaluationDataNumber };
}

/** The status of each component stands beside the merged one, null where there is none. */
function tcbFacts({ platform, position, module, enclave, merged, advisories }: TcbEvaluation): Facts {
  return {
    status: merged ?? null,
    advisories,
    platform: platform === undefined ? null : { ...levelFacts(platform), level: { ...position } },
    module:
      module === undefined
        ? null
        : { version: module.version, svn: module.svn, ...(module.level && levelFacts(module.level)) },
    qe: enclave === undefined ? null : levelFacts(enclave),
  };
}

function levelFacts({ status, date, advisories }: TcbAssessment): Facts {
  return { status, date: utcTimeText(date), advisories };
}
