import { Worker } from "node:worker_threads";
import type { Verdict } from "@countersign/client/verdict";
import type { Answer, Question } from "./judge-worker.ts";

/** Verifies evidence off the event loop: what anonymous callers choose to have verified must not hold up inference. */
export interface JudgeThread {
  /** Rejects if the thread ends before it has an answer. */
  verify(question: Omit<Question, "id">): Promise<Verdict>;
}

/** Memory of the thread. The largest evidence that is read needs a fraction. */
const MEMORY_MB = 256;

/** Starts the thread at the first question, and another one if it has ended. It does not keep the process alive. */
export function createJudgeThread(): JudgeThread {
  const waiting = new Map<number, PromiseWithResolvers<Verdict>>();
  let thread: Worker | undefined;
  let last = 0;

  function start(): Worker {
    const worker = new Worker(new URL("./judge-worker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    worker.on("message", ({ id, verdict }: Answer) => {
      waiting.get(id)?.resolve(verdict);
      waiting.delete(id);
    });
    const end = (reason: Error): void => {
      // After an error comes the exit, and what waits by then waits for another thread.
      if (thread !== worker) return;
      thread = undefined;
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    };
    worker.on("error", end);
    worker.on("exit", () => end(new Error("the thread that judges evidence has ended")));
    worker.unref();
    return worker;
  }

  return {
    verify(question) {
      thread ??= start();
      last += 1;
      const verdict = Promise.withResolvers<Verdict>();
      waiting.set(last, verdict);
      thread.postMessage({ ...question, id: last } satisfies Question);
      return verdict.promise;
    },
  };
}
