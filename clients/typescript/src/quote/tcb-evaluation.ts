import type { TcbStatus } from "../policy/index.ts";
import { CheckFailure } from "../verdict/index.ts";
import type { PckExtension } from "./pck-extension.ts";
import { shortfall, sortLevels } from "./platform-level.ts";
import type { PlatformLevel, TcbInfo } from "./tcb-info.ts";
import type { TcbAssessment } from "./tcb-level.ts";
import { mergeStatus } from "./tcb-merge.ts";
import type { TdReport } from "./td-report.ts";
import { matchModule, type TdxModule } from "./tdx-module.ts";

/** What the evaluation takes; each of it has been verified. */
export interface TcbInput {
  readonly pck: PckExtension;
  readonly body: TdReport;
  readonly tcbInfo: TcbInfo;
  /** Undefined if its check did not pass. */
  readonly module: TdxModule | undefined;
  /** The quoting enclave's level. Undefined if its check did not pass. */
  readonly enclave: TcbAssessment | undefined;
}

/** The security level of a platform, as a whole and by component. */
export interface TcbEvaluation {
  /** Whether the TCB info is about this kind of platform at all. Nothing else is evaluated if not. */
  readonly applies: boolean;
  /** The platform's level; undefined if it reaches none. */
  readonly platform: PlatformLevel | undefined;
  /** Position of that level, best first, from 1, and how many there are. */
  readonly position: { readonly rank: number; readonly of: number } | undefined;
  /** What keeps the platform from the lowest level, if it reaches none. */
  readonly shortfall: string | undefined;
  readonly module: TdxModule | undefined;
  readonly enclave: TcbAssessment | undefined;
  /** Undefined unless every component has a status. */
  readonly merged: TcbStatus | undefined;
  /** Of the three levels together, sorted, each once. */
  readonly advisories: readonly string[];
  /** Whether the TDX module that runs now is current where the one the domain was launched under is not. */
  readonly relaunchHelps: boolean;
}

/** Evaluates without judging: which statuses are accepted is policy. */
export function evaluateTcb(input: TcbInput): TcbEvaluation {
  const { pck, body, tcbInfo, module, enclave } = input;
  if (tcbInfo.fmspc !== pck.fmspc || tcbInfo.pceid !== pck.pceid) return NOT_APPLICABLE;
  const levels = sortLevels(tcbInfo.levels);
  const index = levels.findIndex((level) => shortfall(level, { pck, teeTcbSvn: body.teeTcbSvn }) === undefined);
  const platform = levels[index];
  const lowest = levels.at(-1);
  const matched = [platform, module?.level, enclave].filter((level) => level !== undefined);
  return {
    applies: true,
    platform,
    position: platform === undefined ? undefined : { rank: index + 1, of: levels.length },
    shortfall:
      platform === undefined && lowest !== undefined
        ? shortfall(lowest, { pck, teeTcbSvn: body.teeTcbSvn })
        : undefined,
    module,
    enclave,
    merged: platform && module && enclave ? merge(platform, module, enclave) : undefined,
    advisories: [...new Set(matched.flatMap(({ advisories }) => advisories))].sort(),
    relaunchHelps: enclave !== undefined && relaunchHelps(input, enclave),
  };
}

function merge(platform: TcbAssessment, module: TdxModule, enclave: TcbAssessment): TcbStatus {
  const withModule = module.level === undefined ? platform.status : mergeStatus(platform.status, module.level.status);
  return mergeStatus(withModule, enclave.status);
}

/** Intel's "TD relaunch advised": it changes nothing about the status, and tells the operator what does. */
function relaunchHelps({ pck, body, tcbInfo }: TcbInput, enclave: TcbAssessment): boolean {
  const teeTcbSvn = body.teeTcbSvn2;
  if (teeTcbSvn === undefined) return false;
  const platform = sortLevels(tcbInfo.levels).find((level) => shortfall(level, { pck, teeTcbSvn }) === undefined);
  try {
    return platform !== undefined && merge(platform, matchModule(teeTcbSvn, tcbInfo).module, enclave) === "UpToDate";
  } catch (error) {
    if (error instanceof CheckFailure) return false;
    throw error;
  }
}

const NOT_APPLICABLE: TcbEvaluation = {
  applies: false,
  platform: undefined,
  position: undefined,
  shortfall: undefined,
  module: undefined,
  enclave: undefined,
  merged: undefined,
  advisories: [],
  relaunchHelps: false,
};
