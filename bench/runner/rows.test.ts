import { describe, expect, it } from "vitest";
import { chooseCases } from "./cases.ts";
import { competing } from "./competing-load.ts";
import { failedMeasurement, type Measurement } from "./measurement.ts";
import { parseOptions, SetupError, type Variant } from "./options.ts";
import { notes } from "./report.ts";
import { rowsOf } from "./rows.ts";
import { summarise } from "./statistics.ts";
import { judge } from "./targets.ts";

const usual: Measurement = {
  responsesPerSecond: 100,
  chunksPerSecond: 5_100,
  p50: 1,
  p99: 2,
  firstByteP50: 0.5,
  engineShare: 0.3,
  clientShare: 0.3,
  competing: 0,
  failures: {},
};

function chosen(argv: readonly string[], name: string) {
  const options = parseOptions(argv);
  const one = options && chooseCases(options).find((candidate) => candidate.name === name);
  if (one === undefined) throw new Error(`no case ${name}`);
  return one;
}

function round(values: Partial<Record<Variant, Partial<Measurement>>>): ReadonlyMap<Variant, Measurement> {
  return new Map(
    Object.entries(values).map(([variant, value]) => [variant as Variant, { ...usual, ...value } as Measurement]),
  );
}

describe("rows", () => {
  const one = chosen([], "burst 51, 1 conn");

  it("compare within a round and take the median of that", () => {
    const rows = rowsOf(one, [
      round({ direct: { p50: 1 }, nginx: { cpuPerChunk: 10 }, rest: { cpuPerChunk: 15, p50: 1.4 } }),
      round({ direct: { p50: 5 }, nginx: { cpuPerChunk: 40 }, rest: { cpuPerChunk: 48, p50: 5.2 } }),
      round({ direct: { p50: 1 }, nginx: { cpuPerChunk: 10 }, rest: { cpuPerChunk: 20, p50: 1.9 } }),
    ]);
    const rest = rows.find((row) => row.variant === "rest");
    expect(rest?.cpuPerChunk).toEqual({ median: 20, min: 15, max: 48, count: 3 });
    expect(rest?.ratioToNginx?.median).toBe(1.5);
    expect(rest?.addedP50?.median).toBeCloseTo(0.4);
    expect(rows.find((row) => row.variant === "direct")?.addedP50).toBeUndefined();
  });

  it("keep the failures of all rounds and reach no target with them", () => {
    const good = round({ direct: { p50: 1 }, rest: { p50: 1.1 } });
    const bad = new Map(good).set("rest", failedMeasurement("gone"));
    const text = "burst of 51 events, one connection";
    const verdict = (rounds: Parameters<typeof rowsOf>[1]) =>
      judge(rowsOf(one, rounds)).find((target) => target.text.startsWith(text));
    expect(verdict([good])).toMatchObject({ reached: true });
    expect(verdict([good, bad])).toMatchObject({ reached: false });
    const rest = rowsOf(one, [good, bad, bad]).find((row) => row.variant === "rest");
    expect(rest?.failures).toEqual({ gone: 2 });
    expect(rest && notes(rest)).toBe("2 FAILED");
  });

  it("are judged by the limits, and not at all without a figure", () => {
    const slow = judge(rowsOf(one, [round({ direct: { p50: 1 }, rest: { p50: 1.7 } })]));
    expect(slow.map((target) => target.reached)).toEqual([
      undefined,
      false,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const many = chosen([], "burst 51, 16 conn");
    const loop = (rate: number) =>
      judge(rowsOf(many, [round({ nginx: {}, rest: { responsesPerSecond: rate } })]))[2]?.reached;
    expect([loop(99), loop(100)]).toEqual([false, true]);
  });

  it("say when engine or client were the limit", () => {
    const row = (variant: Variant, m: Partial<Measurement>) =>
      rowsOf(one, [round({ [variant]: m })]).find((candidate) => candidate.variant === variant);
    const noteOf = (variant: Variant, m: Partial<Measurement>) => {
      const found = row(variant, m);
      return found && notes(found);
    };
    expect(noteOf("rest", { engineShare: 0.81 })).toContain("over 80%");
    expect(noteOf("rest", { engineShare: 0.5, clientShare: 0.49 })).toContain("core full");
    expect(noteOf("direct", { engineShare: 0.5, clientShare: 0.49 })).toContain("ceiling");
    expect(noteOf("rest", {})).toBe("");
  });
});

it("every target names a case and a variant that a full run measures", () => {
  const options = parseOptions([]);
  const cases = options ? chooseCases(options) : [];
  const full: Partial<Measurement> = {
    cpuPerChunk: 1,
    cpuPerRequest: 1,
    growthPerStreamKiB: 1,
  };
  const rows = cases.flatMap((one) =>
    rowsOf(one, [round(Object.fromEntries(one.variants.map((variant) => [variant, full])))]),
  );
  expect(judge(rows).filter((target) => target.reached !== true)).toEqual([]);
});

it("summaries take the median and leave out what is missing", () => {
  expect(summarise([4, undefined, 1, Number.NaN, 3, 10])).toEqual({ median: 3.5, min: 1, max: 10, count: 4 });
  expect(summarise([undefined])).toBeUndefined();
});

it("competing load follows the time of an ended process to its parent", () => {
  const from = {
    at: 10,
    byProcess: new Map([
      [1, 5],
      [2, 7],
      [3, 100],
    ]),
  };
  const to = {
    at: 12,
    byProcess: new Map([
      [1, 13],
      [3, 200],
    ]),
  };
  expect(competing(from, to, new Set([3]))).toBe(0.5);
});

it("the command line is strict", () => {
  expect(parseOptions(["--quick", "--only", "idle,paced"])).toMatchObject({ rounds: 1, only: ["paced", "idle"] });
  expect(parseOptions(["--help"])).toBeUndefined();
  for (const argv of [["--rounds", "0"], ["--only", "pace"], ["--fast"], ["extra"]]) {
    expect(() => parseOptions(argv)).toThrow(SetupError);
  }
});
