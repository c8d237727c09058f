import type { Case } from "./cases.ts";
import type { Measurement } from "./measurement.ts";
import type { Variant } from "./options.ts";
import { type Summary, summarise } from "./statistics.ts";

/** One row of the report: a variant of a case over all rounds. */
export interface Row {
  readonly group: string;
  readonly mode: string;
  readonly variant: Variant;
  readonly rounds: number;
  readonly responsesPerSecond?: Summary;
  readonly chunksPerSecond?: Summary;
  /** Microseconds of proxy CPU. */
  readonly cpuPerChunk?: Summary;
  readonly cpuPerRequest?: Summary;
  /** CPU per chunk, or per request for buffered answers, as a multiple of nginx's in the same round. */
  readonly ratioToNginx?: Summary;
  /** Responses per second as a multiple of nginx's in the same round; closed loops only. */
  readonly throughputToNginx?: Summary;
  /** Milliseconds over the direct connection in the same round. */
  readonly addedP50?: Summary;
  readonly addedP99?: Summary;
  readonly firstByteP50?: Summary;
  readonly residentMiB?: Summary;
  readonly growthPerStreamKiB?: Summary;
  readonly proxyShare?: Summary;
  readonly engineShare?: Summary;
  readonly clientShare?: Summary;
  readonly competing?: Summary;
  readonly failures: Readonly<Record<string, number>>;
}

/** All measurements of a case: for each round, one per variant that ran. */
export type Rounds = readonly ReadonlyMap<Variant, Measurement>[];

/** Summarises a case. */
export function rowsOf(one: Case, rounds: Rounds): readonly Row[] {
  return one.variants.map((variant) => rowOf(one, variant, rounds));
}

function rowOf(one: Case, variant: Variant, rounds: Rounds): Row {
  const ran = rounds.filter((round) => round.has(variant));
  const each = (value: (m: Measurement) => number | undefined) =>
    summarise(ran.map((round) => figureOf(round.get(variant), value)));
  // Compared within a round, so that a slow minute of the machine hits both sides.
  const against = (
    other: Variant,
    value: (m: Measurement) => number | undefined,
    join: (a: number, b: number) => number,
  ) =>
    summarise(ran.map((round) => joined(figureOf(round.get(variant), value), figureOf(round.get(other), value), join)));
  const cost = (m: Measurement) => (one.stream ? m.cpuPerChunk : m.cpuPerRequest);
  const divide = (a: number, b: number) => a / b;
  const subtract = (a: number, b: number) => a - b;
  const failures: Record<string, number> = {};
  for (const round of ran) {
    for (const [text, count] of Object.entries(round.get(variant)?.failures ?? {}))
      failures[text] = (failures[text] ?? 0) + count;
  }
  const summaries = {
    responsesPerSecond: one.mode === "closed" || one.mode === "rate" ? each((m) => m.responsesPerSecond) : undefined,
    chunksPerSecond: one.stream && one.mode !== "idle" ? each((m) => m.chunksPerSecond) : undefined,
    cpuPerChunk: each((m) => m.cpuPerChunk),
    cpuPerRequest: each((m) => m.cpuPerRequest),
    ratioToNginx: against("nginx", cost, divide),
    throughputToNginx: one.mode === "closed" ? against("nginx", (m) => m.responsesPerSecond, divide) : undefined,
    addedP50: one.latency && variant !== "direct" ? against("direct", (m) => m.p50, subtract) : undefined,
    addedP99: one.latency && variant !== "direct" ? against("direct", (m) => m.p99, subtract) : undefined,
    firstByteP50: one.mode === "closed" || one.mode === "rate" ? each((m) => m.firstByteP50) : undefined,
    residentMiB: each((m) => m.residentMiB),
    growthPerStreamKiB: each((m) => m.growthPerStreamKiB),
    proxyShare: each((m) => m.proxyShare),
    engineShare: each((m) => m.engineShare),
    clientShare: each((m) => m.clientShare),
    competing: each((m) => m.competing),
  };
  const present = Object.fromEntries(Object.entries(summaries).filter(([, value]) => value !== undefined));
  return { group: one.group, mode: one.name, variant, rounds: ran.length, failures, ...present };
}

function figureOf(m: Measurement | undefined, value: (m: Measurement) => number | undefined): number | undefined {
  return m === undefined ? undefined : value(m);
}

function joined(
  a: number | undefined,
  b: number | undefined,
  join: (a: number, b: number) => number,
): number | undefined {
  return a === undefined || b === undefined ? undefined : join(a, b);
}
