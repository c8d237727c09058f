/** Runs one target in a thread of its own, where it can be stopped. */
import { parentPort, workerData } from "node:worker_threads";
import { TARGETS } from "./registry.ts";
import { runTarget } from "./run-target.ts";
import { sharedWatch } from "./watch.ts";

/** What the thread is started with. */
export interface WorkerInput {
  readonly name: string;
  readonly count: number;
  readonly seed: number;
  readonly memory: SharedArrayBuffer;
}

const { name, count, seed, memory } = workerData as WorkerInput;
const target = TARGETS.find((one) => one.name === name);
if (target === undefined) throw new Error(`no target ${name}`);
const watch = sharedWatch(memory);
parentPort?.postMessage(await runTarget(target, count, seed, watch.begin));
