/** The benchmark: `node bench/run.ts --help`. What it measures and how to read it is in README.md beside this file. */
import { availableParallelism, cpus, loadavg, release } from "node:os";
import { join } from "node:path";
import { type Bench, openBench } from "./runner/bench.ts";
import { build } from "./runner/build.ts";
import { type Case, chooseCases } from "./runner/cases.ts";
import { pinSelf, stopAll } from "./runner/children.ts";
import type { Measurement } from "./runner/measurement.ts";
import { type Options, parseOptions, SetupError, USAGE, type Variant } from "./runner/options.ts";
import { type Conditions, render } from "./runner/report.ts";
import { type Row, rowsOf } from "./runner/rows.ts";
import { judge } from "./runner/targets.ts";

const ROOT = join(import.meta.dirname, "..");
/** A run stops after the round in which this time is over; a round of everything takes less than two minutes. */
const BUDGET_MS = { full: 250_000, quick: 60_000 };

const say = (text: string) => process.stderr.write(text);
/** Shows what is being measured on one line of a terminal, and nothing elsewhere. */
const progress = (text: string) => process.stderr.isTTY && say(`\r\u001b[K${text}`);

async function measureAll(
  bench: Bench,
  cases: readonly Case[],
  options: Options,
): Promise<{ rows: Row[]; remarks: string[] }> {
  const limit = performance.now() + (options.quick ? BUDGET_MS.quick : BUDGET_MS.full);
  const results = new Map<Case, Map<Variant, Measurement>[]>(cases.map((one) => [one, []]));
  const remarks: string[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    if (performance.now() > limit) {
      remarks.push(`stopped after ${round - 1} of ${options.rounds} rounds: the time for a run is over`);
      break;
    }
    for (const one of cases) {
      if (one.fresh && round > 1) continue;
      const measured = new Map<Variant, Measurement>();
      results.get(one)?.push(measured);
      for (const variant of one.variants) {
        progress(`round ${round}/${options.rounds}: ${one.name}, ${variant}`);
        measured.set(variant, await bench.measure(one, variant));
      }
    }
  }
  progress("");
  return { rows: [...results].flatMap(([one, rounds]) => rowsOf(one, rounds)), remarks };
}

function conditionsOf(options: Options): Conditions {
  return {
    processor: `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores`,
    kernel: release(),
    node: process.versions.node,
    date: new Date().toISOString().slice(0, 10),
    rounds: options.rounds,
    quick: options.quick,
    loadAverageAtStart: loadavg()[0] ?? 0,
  };
}

/** Runs the bench; the exit status is 0 when every answer was right, whether or not the targets were reached. */
async function main(options: Options): Promise<number> {
  if (process.platform !== "linux" || availableParallelism() < 2)
    throw new SetupError("the bench needs Linux and two cores: one for the proxy, one for engine and client");
  const conditions = conditionsOf(options);
  const programs = build(ROOT);
  pinSelf();
  const bench = await openBench(ROOT, programs);
  try {
    const { rows, remarks } = await measureAll(bench, chooseCases(options), options);
    const targets = judge(rows);
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ conditions, rows, targets, remarks }, undefined, 2)}\n`
        : render(conditions, rows, targets, remarks),
    );
    return rows.some((row) => Object.keys(row.failures).length > 0) ? 1 : 0;
  } finally {
    await stopAll();
  }
}

for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  // The "exit" handler of the process list ends what is still running.
  process.once(signal, () => void stopAll().finally(() => process.exit(status)));
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(USAGE);
  else process.exitCode = await main(options);
} catch (error) {
  const expected = error instanceof SetupError;
  progress("");
  say(`bench: ${expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  await stopAll();
  process.exitCode = expected ? 2 : 1;
}
