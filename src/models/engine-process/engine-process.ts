import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { OutputLines } from "./output-lines.ts";
import { OutputTail } from "./output-tail.ts";
import { groupGone, signalGroup } from "./process-group.ts";

/** How an engine ended. */
export interface EngineExit {
  /** Exit status; undefined if a signal ended it or it never ran. */
  readonly status: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** For people: how it ended and why, as far as its output says. */
  readonly cause: string;
}

/** An engine in a process group of its own. */
export interface EngineProcess {
  /** Its process, and the id of its group; undefined if it could not be started. */
  readonly pid: number | undefined;
  readonly output: OutputTail;
  /** Resolves as soon as the engine's own process has ended, for whatever reason. Never rejects. */
  readonly exited: Promise<EngineExit>;
  /**
   * Ends the whole group: TERM, then KILL after the grace. Resolves when no process of it is left, or false if the kernel
   * keeps one (in uninterruptible sleep) past the limit. Further calls give the same promise.
   */
  stop(): Promise<boolean>;
}

export interface EngineProcessOptions {
  readonly program: string;
  readonly arguments: readonly string[];
  /** The whole environment; nothing else is passed on. */
  readonly environment: Readonly<Record<string, string>>;
  /** From TERM to KILL. Milliseconds. */
  readonly graceMs: number;
  /** Called with each line of output. */
  readonly onLine: (line: string) => void;
}

/** After the engine's end, its last output gets this long to arrive: a grandchild may hold the pipe open. */
const LAST_OUTPUT_MS = 250;
/** After KILL, the kernel gets this long to take the processes apart. A large GPU context needs seconds. */
const REAP_MS = 15_000;

/** Starts an engine. Never throws: a program that cannot be started is one that has ended. */
export function startEngineProcess(options: EngineProcessOptions): EngineProcess {
  const { program, environment, graceMs, onLine } = options;
  const output = new OutputTail();
  let child: ChildProcess;
  try {
    child = spawn(program, [...options.arguments], {
      // A group of its own: engines start workers, which would keep the accelerator's memory if only they were left.
      detached: true,
      env: { ...environment },
      // The input never ends while the gateway lives: a program that watches it knows when the gateway has died.
      stdio: ["pipe", "pipe", "pipe"],
    });
  } catch {
    const cause = "the engine's program could not be started: its command is not valid";
    return { pid: undefined, output, exited: Promise.resolve(notStarted(cause)), stop: () => Promise.resolve(true) };
  }
  const take = (line: string): void => {
    output.add(line);
    onLine(line);
  };
  for (const stream of [child.stdout, child.stderr]) {
    const lines = new OutputLines(take);
    // Always read: a full pipe would stop the engine.
    stream?.on("data", (bytes: Buffer) => lines.feed(bytes)).on("end", () => lines.end());
    stream?.on("error", () => {});
  }
  child.stdin?.on("error", () => {});

  const { pid } = child;
  /** The gateway ends without a chance to stop its engines in order. */
  const onProcessExit = (): void => {
    if (pid !== undefined) signalGroup(pid, "SIGKILL");
  };
  process.once("exit", onProcessExit);
  const ended = new Promise<EngineExit>((resolve) => {
    // A program that is missing emits `error` and no `exit`.
    child.once("error", (error) => resolve(notStarted(startFailure(error))));
    child.once("exit", (status, signal) => {
      // What is left of the group has lost its leader: nothing is gained by asking it to end in order.
      if (pid !== undefined && stopping === undefined) signalGroup(pid, "SIGKILL");
      void lastOutput(child).then(() => resolve(exitOf(status, signal, output)));
    });
  });
  let stopping: Promise<boolean> | undefined;

  async function end(group: number): Promise<boolean> {
    signalGroup(group, "SIGTERM");
    let gone = await groupGone(group, graceMs);
    if (!gone) {
      signalGroup(group, "SIGKILL");
      gone = await groupGone(group, REAP_MS);
    }
    // What it wrote last is still on its way.
    if (gone) await ended;
    return gone;
  }
  function stop(): Promise<boolean> {
    stopping ??= (pid === undefined ? Promise.resolve(true) : end(pid)).finally(() => {
      process.off("exit", onProcessExit);
      // Pipes that a process outside of the group holds must not keep the gateway's descriptors.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    });
    return stopping;
  }
  const exited = ended.then((exit) => {
    void stop();
    return exit;
  });
  return { pid, output, exited, stop };
}

/** Resolves when the pipes are closed, or after a moment. */
async function lastOutput(child: ChildProcess): Promise<void> {
  const over = new AbortController();
  await Promise.race([
    once(child, "close", { signal: over.signal }),
    delay(LAST_OUTPUT_MS, undefined, { signal: over.signal }),
  ]).catch(() => {});
  over.abort();
}

function notStarted(cause: string): EngineExit {
  return { status: undefined, signal: undefined, cause };
}

/** The operating system's reason; its text holds the path, which is the operator's. */
function startFailure(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : "unknown error";
  const reason = code === "ENOENT" ? "it does not exist" : code === "EACCES" ? "it may not be run by this user" : code;
  return `the engine's program could not be started: ${reason}`;
}

function exitOf(status: number | null, signal: NodeJS.Signals | null, output: OutputTail): EngineExit {
  const how = signal === null ? `the engine ended with status ${String(status)}` : `the engine was ended by ${signal}`;
  const why = output.rootCause();
  return {
    status: status ?? undefined,
    signal: signal ?? undefined,
    cause: why === undefined ? how : `${how}: ${why}`,
  };
}
