import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** The core of the proxy under test, and the core that engine, client and runner share. */
export const PROXY_CORE = 0;
export const DRIVER_CORE = 1;

const KILL_AFTER_MS = 3_000;
const STDERR_KEPT = 4_096;

/** A process the bench has started. */
export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** The end of what it wrote to standard error. */
  stderr(): string;
  /** Ends it: SIGTERM, and SIGKILL if it does not go. */
  stop(): Promise<void>;
}

const living = new Set<ChildProcess>();

// The last resort for every way out, including an uncaught error: nothing that the bench has started outlives it.
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/** Starts a program on one core. Its standard output is a pipe, its standard error is kept for error messages. */
export function start(
  core: number,
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Child {
  const child = spawn("taskset", ["--cpu-list", String(core), program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  living.add(child);
  child.once("close", () => living.delete(child));
  let tail = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-STDERR_KEPT);
  });
  // A failed start shows up as a missing pid here and as "close" to whoever waits.
  child.once("error", (error) => {
    tail += error.message;
    living.delete(child);
  });
  return { pid: child.pid ?? -1, process: child, stderr: () => tail.trim(), stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  const gone = new AbortController();
  child.kill("SIGTERM");
  const force = delay(KILL_AFTER_MS, undefined, { signal: gone.signal }).then(
    () => child.kill("SIGKILL"),
    () => false,
  );
  await closed;
  gone.abort();
  await force;
}

/** Ends everything that is still running. */
export async function stopAll(): Promise<void> {
  await Promise.all([...living].map(stop));
}

/** Puts the bench itself on the driver's core. */
export function pinSelf(): void {
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", String(DRIVER_CORE), String(process.pid)], {
    stdio: "ignore",
  });
}

/** A process and all its descendants, as far as they run now. */
export function tree(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  if (children === "") return [pid];
  return [pid, ...children.split(" ").flatMap((child) => tree(Number(child)))];
}
