import { TCB_STATUSES, type TcbStatus } from "../policy/index.ts";
import { CheckFailure } from "../verdict/index.ts";
import type { JsonObject } from "./json-object.ts";

/** What a matched level says, whatever it was matched on. */
export interface TcbAssessment {
  readonly status: TcbStatus;
  /** The moment the status refers to. Unix seconds. */
  readonly date: number;
  /** Ids of security advisories, for example `INTEL-SA-00615`. */
  readonly advisories: readonly string[];
}

/** A level of the TDX module or of the quoting enclave. */
export interface IsvLevel extends TcbAssessment {
  readonly isvsvn: number;
}

/** Most levels of one list, and most advisories of one level; genuine documents have about ten and twenty. */
export const MAX_LEVELS = 256;
const ADVISORY_ID = /^[A-Z0-9-]{1,40}$/;

/** @throws CheckFailure malformed, also for a status without a known severity */
export function readAssessment(level: JsonObject): TcbAssessment {
  const status = level.string("tcbStatus");
  const known = TCB_STATUSES.find((name) => name === status);
  if (known === undefined) throw CheckFailure.malformed("a TCB level has a status this verifier does not know");
  const advisories = level.has("advisoryIDs") ? level.list("advisoryIDs", MAX_LEVELS).map(advisoryId) : [];
  return { status: known, date: level.time("tcbDate"), advisories };
}

/** @throws CheckFailure malformed */
export function readIsvLevel(level: JsonObject): IsvLevel {
  return { ...readAssessment(level), isvsvn: level.object("tcb").integer("isvsvn", 0xffff) };
}

/** The best level the SVN reaches; undefined if it is below all. Sorted here: document order is not relied upon. */
export function matchIsvLevel(levels: readonly IsvLevel[], isvsvn: number): IsvLevel | undefined {
  return [...levels].sort((left, right) => right.isvsvn - left.isvsvn).find((level) => level.isvsvn <= isvsvn);
}

function advisoryId(value: unknown): string {
  if (typeof value === "string" && ADVISORY_ID.test(value)) return value;
  throw CheckFailure.malformed("a TCB level has an advisory id that is not one");
}
