import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** How a fake engine behaves. Nothing set: it starts at once, answers, and ends when it is asked to. */
export interface Behaviour {
  /** Before it listens. Milliseconds. */
  readonly startMs?: number;
  /** Never listens, and never ends. */
  readonly neverListens?: boolean;
  /** Listens and says that it is not well. */
  readonly unhealthy?: boolean;
  /** Ends with this status instead of listening. */
  readonly exits?: number;
  /** Written to standard output at the start, as it stands. */
  readonly says?: readonly string[];
  /** Written to standard error at the start. */
  readonly complains?: readonly string[];
  /** Writes without end: lines of 100 bytes, or one line that never ends. */
  readonly floods?: "lines" | "bytes";
  readonly ignoresTerm?: boolean;
  /** Starts a process that ignores TERM and holds the output open. */
  readonly grandchild?: boolean;
  /** Goes on when its standard input ends. */
  readonly outlivesParent?: boolean;
}

/** The fake engine's program, executable. */
export const FAKE_ENGINE = fileURLToPath(new URL("./fake-engine.mjs", import.meta.url));

/** Puts a model into a models directory whose engine behaves so. Returns the model's directory. */
export function addFakeModel(modelsDir: string, name: string, behaviour: Behaviour = {}): string {
  const path = join(modelsDir, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "behaviour.json"), JSON.stringify(behaviour));
  return path;
}

/** Process ids of all engines that were started for the model in `path`, the latest last. */
export function enginesStarted(path: string): readonly number[] {
  return readNumbers(join(path, "started"));
}

/** Process id of the process the engine in `path` started last. */
export function grandchildOf(path: string): number | undefined {
  return readNumbers(join(path, "grandchild"))[0];
}

/** Whether a process runs; one that has ended and was not waited for does not. */
export function isRunning(pid: number): boolean {
  try {
    // proc(5): the state follows the name in brackets; Z is a process that has ended.
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    return status.slice(status.lastIndexOf(")") + 2, status.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false;
  }
}

function readNumbers(file: string): readonly number[] {
  try {
    return readFileSync(file, "utf8").trim().split("\n").map(Number);
  } catch {
    return [];
  }
}
