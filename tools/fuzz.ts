/**
 * Feeds broken input to everything that parses or verifies evidence, and fails on the first crash, hang or wrong
 * acceptance:
 *
 *     node tools/fuzz.ts [--inputs 1000000] [--seed 1] [target...]
 *
 * Inputs are shared out evenly among the targets. Those that try every single bit run only when they are named. The
 * input of a failure is kept in a file.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { TARGETS } from "./fuzz/registry.ts";
import type { FuzzResult } from "./fuzz/run-target.ts";
import type { FuzzTarget } from "./fuzz/target.ts";
import { sharedWatch } from "./fuzz/watch.ts";
import type { WorkerInput } from "./fuzz/worker.ts";

/** One input may take this long before it counts as a hang. */
const HANG_MS = 10_000;
/** Memory of one target. A parser that needs more for 64 KiB of input is at fault. */
const MEMORY_MB = 512;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Runs a target in a thread, and stops it when it stands still. */
function runWatched({ name }: FuzzTarget, count: number, seed: number): Promise<FuzzResult> {
  const watch = sharedWatch();
  const workerData: WorkerInput = { name, count, seed, memory: watch.memory };
  const worker = new Worker(new URL("./fuzz/worker.ts", import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  return new Promise((resolve) => {
    let begun = -1;
    const fail = (message: string): void => {
      const fault = { input: watch.input, message };
      resolve({ inputs: watch.begun, accepted: 0, slowestMs: 0, fault });
    };
    const timer = setInterval(() => {
      if (watch.begun === begun) {
        fail(`hang: one input took more than ${HANG_MS / 1000} s`);
        void worker.terminate();
      }
      begun = watch.begun;
    }, HANG_MS);
    worker.once("message", (result: FuzzResult) => resolve(result));
    worker.once("error", (error: Error) => fail(`${error.name}: ${error.message}`));
    worker.once("exit", () => {
      clearInterval(timer);
      fail("the thread ended without a result");
    });
  });
}

function keep(name: string, input: Uint8Array): string {
  const path = join(mkdtempSync(join(tmpdir(), "countersign-fuzz-")), `${name}.bin`);
  writeFileSync(path, input);
  return path;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { inputs: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const inputs = Number(values.inputs);
const seed = Number(values.seed);
const unknown = positionals.filter((name) => !TARGETS.some((target) => target.name === name));
if (!Number.isSafeInteger(inputs) || inputs < 1 || !Number.isSafeInteger(seed) || unknown.length > 0) {
  process.stderr.write("usage: node tools/fuzz.ts [--inputs 1000000] [--seed 1] [target...]\n");
  process.stderr.write(`targets: ${TARGETS.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}

const chosen = TARGETS.filter(({ name, exhaustive }) =>
  positionals.length > 0 ? positionals.includes(name) : !exhaustive,
);
let total = 0;
for (const target of chosen) {
  const startedAt = performance.now();
  const result = await runWatched(target, Math.ceil(inputs / chosen.length), seed);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  total += result.inputs;
  const figures = `${result.inputs} inputs, ${result.accepted} accepted, slowest ${result.slowestMs.toFixed(1)} ms`;
  say(
    `${result.fault === undefined ? "ok    " : "FAILED"} ${target.name.padEnd(34)} ${seconds.padStart(7)} s  ${figures}`,
  );
  if (result.fault === undefined) continue;
  say(`       ${result.fault.message}; input in ${keep(target.name, result.fault.input)}`);
  process.exitCode = 1;
}
say(`${total} inputs, seed ${seed}`);
