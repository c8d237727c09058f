import type { Task } from "../engine-process/index.ts";
import type { ModelDigest } from "./model-digest.ts";

/** State of one engine instance. */
export type ModelState = "idle" | "loading" | "ready" | "unloading" | "error";

/** What is known of one engine instance at one moment. */
export interface InstanceStatus {
  readonly instance: Task;
  readonly state: ModelState;
  /** Name callers use; empty when idle. */
  readonly model: string;
  readonly digest: ModelDigest;
  /** Number of the load; 0 when nothing was ever loaded into this instance. */
  readonly generation: number;
  /** 0 to 1. Never falls while one load is under way; 1 when ready. */
  readonly progress: number;
  /** What it is doing, or why it failed. For people. */
  readonly message: string;
  /** When the state was entered. Unix milliseconds. */
  readonly since: number;
  readonly inFlight: number;
  /** The end of the engine's output after a failure, at most 400 lines; for the operator's eyes. */
  readonly outputTail: readonly string[];
}
