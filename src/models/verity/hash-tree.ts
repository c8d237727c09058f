import { setImmediate } from "node:timers/promises";
import { IntegrityError, type StableFile, type WorkerPool, workerPool } from "../hashing/index.ts";
import { blocksPerTask, hashLeaves, type LeafTask } from "./data-leaves.ts";
import { type TreeBlock, treeLevels } from "./tree-levels.ts";
import type { VerityParameters } from "./verity-parameters.ts";

export interface HashTreeOptions {
  /** Is given every hash block as soon as it is complete: a level's from the first to the last, levels interleaved. */
  readonly onBlock?: (block: TreeBlock) => void;
  /** Bytes of data hashed so far, and of all data. */
  readonly onProgress?: ((bytes: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A thread takes as long to start as this much takes to hash. Bytes. */
const BYTES_WORTH_A_THREAD = 32 * 1024 * 1024;

/**
 * Hashes the first `dataBlocks` blocks of a file on all cores, and returns the root. Each byte is read once. Memory
 * depends on the number of cores and not on the file: blocks are hashed out of order, but at most a few tasks ahead of
 * the tree, of which only the block in progress of each level is kept.
 *
 * @throws IntegrityError if the file cannot be read, changes meanwhile, or the signal is aborted
 */
export async function hashTree(
  file: StableFile,
  parameters: VerityParameters,
  { onBlock, onProgress, signal }: HashTreeOptions = {},
): Promise<Uint8Array> {
  const perTask = blocksPerTask(parameters);
  const tasks = Math.ceil(parameters.dataBlocks / perTask);
  const taskAt = (number: number): LeafTask => {
    const first = number * perTask;
    return { fd: file.fd, parameters, first, count: Math.min(perTask, parameters.dataBlocks - first) };
  };
  const total = parameters.dataBlocks * parameters.dataBlockSize;
  const tree = treeLevels(parameters, onBlock);
  const take = (number: number, leaves: Uint8Array): void => {
    tree.add(leaves);
    onProgress?.(Math.min((number + 1) * perTask * parameters.dataBlockSize, total), total);
  };
  const threads = Math.floor(total / BYTES_WORTH_A_THREAD);
  if (threads === 0) {
    for (let number = 0; number < tasks; number++) {
      if (signal?.aborted === true) throw new IntegrityError("aborted", "given up before everything was read");
      take(number, hashLeaves(taskAt(number)));
      await setImmediate();
    }
  } else {
    const module = new URL("./leaf-worker.ts", import.meta.url);
    await using pool = workerPool<LeafTask, Uint8Array>(module, { threads, signal });
    await inOrder(pool, tasks, taskAt, take);
  }
  const root = tree.finish();
  file.confirmUnchanged();
  return root;
}

/** Runs tasks on all threads and takes their results in order, at most the pool's capacity ahead of the last taken. */
async function inOrder<Task, Result>(
  pool: WorkerPool<Task, Result>,
  tasks: number,
  taskAt: (number: number) => Task,
  take: (number: number, result: Result) => void,
): Promise<void> {
  const ahead: Promise<Result>[] = [];
  const start = (number: number): void => {
    const result = pool.run(taskAt(number));
    // A failure is met when its turn comes, or never, if an earlier one ends the loop.
    result.catch(() => undefined);
    ahead.push(result);
  };
  let started = 0;
  for (let taken = 0; taken < tasks; taken++) {
    while (started < tasks && started - taken < pool.capacity) start(started++);
    const next = ahead.shift();
    if (next !== undefined) take(taken, await next);
  }
}
