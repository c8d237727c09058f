import type { LogAnomaly } from "../event-log/index.ts";

/**
 * What the agent does wrong, for tests.
 *
 * On the wire:
 * - `delay`: every answer is late by `milliseconds`.
 * - `hang`: no answer, and the connection stays open.
 * - `refuse`: status 400 with the agent's error form.
 * - `not-found`: status 404 with the same form.
 * - `html`: status 200 and a page, as some proxy in between would send it.
 * - `chunked`: the right answer in chunked coding, without a length.
 * - `oversized`: the right answer with 11 MiB of white space behind it.
 * - `cut`: the whole length is announced, half is sent, and the connection closes.
 *
 * In quotes, which stay validly signed:
 * - `wrong-report-data`: the last byte differs from what was asked.
 * - `truncated-quote`: the second half is missing.
 *
 * In the event log: see LogAnomaly.
 */
export type AgentFaultKind =
  | "delay"
  | "hang"
  | "refuse"
  | "not-found"
  | "html"
  | "chunked"
  | "oversized"
  | "cut"
  | "wrong-report-data"
  | "truncated-quote"
  | LogAnomaly;

export interface AgentFault {
  readonly kind: AgentFaultKind;
  /** Of `delay` only. Default 1000. */
  readonly milliseconds?: number;
  /** Faults on the wire: for this method only, for example `GetQuote`. Default: for every method. */
  readonly method?: string;
}

const KINDS: ReadonlySet<string> = new Set<AgentFaultKind>([
  "delay",
  "hang",
  "refuse",
  "not-found",
  "html",
  "chunked",
  "oversized",
  "cut",
  "wrong-report-data",
  "truncated-quote",
  "empty-digests",
  "extra-event",
  "duplicate-event",
]);

const NAME = "COUNTERSIGN_SIMULATOR_FAULT";
const FORM = /^([a-z-]+)(?::(\d{1,7}))?(?:@([A-Za-z.]{1,64}))?$/;

/**
 * The fault that COUNTERSIGN_SIMULATOR_FAULT names: a kind, for `delay` with `:` and milliseconds, and with `@` and a
 * method where it is for one only. Examples: `hang`, `delay:2500`, `html@GetQuote`.
 *
 * @returns undefined if the variable is not set or empty
 * @throws RangeError if it is anything else: a fault that is silently not there would make a test worthless
 */
export function faultFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): AgentFault | undefined {
  const text = environment[NAME];
  if (text === undefined || text === "") return undefined;
  const [, kind = "", milliseconds, method] = FORM.exec(text) ?? [];
  if (!isKind(kind) || (milliseconds !== undefined && kind !== "delay")) {
    throw new RangeError(`${NAME}: not <fault>[:<milliseconds>][@<Method>]; faults are ${[...KINDS].join(", ")}`);
  }
  return {
    kind,
    ...(milliseconds === undefined ? {} : { milliseconds: Number(milliseconds) }),
    ...(method === undefined ? {} : { method }),
  };
}

function isKind(text: string): text is AgentFaultKind {
  return KINDS.has(text);
}
