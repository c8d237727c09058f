import { parentPort } from "node:worker_threads";
import { IntegrityError, type IntegrityErrorCode } from "./integrity-error.ts";

/** What a worker sends: any number of progress messages, then one result or failure for each task, in their order. */
export type WorkerMessage<Result> =
  | { readonly type: "progress"; readonly bytes: number }
  | { readonly type: "result"; readonly result: Result }
  | { readonly type: "failure"; readonly code: IntegrityErrorCode; readonly message: string };

/** Answers every task that reaches this worker thread with `perform`. */
export function serveTasks<Task, Result>(perform: (task: Task, progress: (bytes: number) => void) => Result): void {
  const port = parentPort;
  if (port === null) throw new Error("this module is a worker's");
  const send = (message: WorkerMessage<Result>) => port.postMessage(message);
  port.on("message", (task: Task) => {
    try {
      send({ type: "result", result: perform(task, (bytes) => send({ type: "progress", bytes })) });
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      send({ type: "failure", code: error.code, message: error.message });
    }
  });
}
