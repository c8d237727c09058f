import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { IntegrityError } from "./integrity-error.ts";
import type { WorkerMessage } from "./worker-message.ts";

/** Threads that perform tasks of one kind. */
export interface WorkerPool<Task, Result> extends AsyncDisposable {
  /** Tasks that keep every thread busy; more of them only wait, so the caller starts no more at a time. */
  readonly capacity: number;
  /** Rejects with IntegrityError if the task failed, its thread died, or the signal was aborted. */
  run(task: Task, onProgress?: (bytes: number) => void): Promise<Result>;
}

export interface PoolOptions {
  /** Most threads that are of use. Default and upper bound: one per core. */
  readonly threads?: number;
  /** Ends the threads and rejects what is running. */
  readonly signal?: AbortSignal | undefined;
}

interface Pending<Result> {
  readonly settle: PromiseWithResolvers<Result>;
  readonly onProgress: ((bytes: number) => void) | undefined;
}

interface Thread<Result> {
  readonly worker: Worker;
  /** In the order they were given. */
  readonly pending: Pending<Result>[];
}

/** One task is being performed while the next waits in the thread's inbox, so that no thread waits for this one. */
const TASKS_PER_THREAD = 2;

/** @param module the module a thread runs, which calls serveTasks */
export function workerPool<Task, Result>(module: URL, options: PoolOptions = {}): WorkerPool<Task, Result> {
  const cores = availableParallelism();
  const size = Math.max(1, Math.min(cores, options.threads ?? cores));
  const threads: Thread<Result>[] = [];
  const { signal } = options;
  let failure: IntegrityError | undefined;

  const fail = (error: IntegrityError): void => {
    failure ??= error;
    for (const { pending } of threads) for (const { settle } of pending.splice(0)) settle.reject(failure);
  };
  const start = (): Thread<Result> => {
    const pending: Pending<Result>[] = [];
    const worker = new Worker(module, { stdin: false });
    worker.on("message", (message: WorkerMessage<Result>) => {
      if (message.type === "progress") return pending[0]?.onProgress?.(message.bytes);
      const done = pending.shift();
      if (message.type === "result") done?.settle.resolve(message.result);
      else done?.settle.reject(new IntegrityError(message.code, message.message));
    });
    worker.once("error", () => fail(new IntegrityError("io", "a hashing thread failed")));
    worker.once("exit", () => pending.length > 0 && fail(new IntegrityError("io", "a hashing thread ended early")));
    const thread = { worker, pending };
    threads.push(thread);
    return thread;
  };
  const abort = (): void => fail(new IntegrityError("aborted", "given up before everything was read"));
  if (signal?.aborted === true) abort();
  else signal?.addEventListener("abort", abort, { once: true });

  return {
    capacity: size * TASKS_PER_THREAD,
    run(task, onProgress) {
      if (failure !== undefined) return Promise.reject(failure);
      const least = threads.reduce<Thread<Result> | undefined>((best, thread) => {
        return best === undefined || thread.pending.length < best.pending.length ? thread : best;
      }, undefined);
      const thread = least === undefined || (least.pending.length > 0 && threads.length < size) ? start() : least;
      const settle = Promise.withResolvers<Result>();
      thread.pending.push({ settle, onProgress });
      thread.worker.postMessage(task);
      return settle.promise;
    },
    async [Symbol.asyncDispose]() {
      signal?.removeEventListener("abort", abort);
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
