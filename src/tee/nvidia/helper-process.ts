import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Deadline } from "../deadline.ts";
import { TeeError } from "../tee-error.ts";

/** A helper that answers one line with one line. */
export interface HelperProcess {
  /** Whether it still runs and has kept to the protocol. */
  readonly alive: boolean;
  /**
   * Sends one line and waits for the line that answers it. One call at a time. After any failure the process is gone,
   * with whatever it started.
   *
   * @throws TeeError
   */
  ask(line: string, limit: Deadline): Promise<string>;
  /** Ends it by the end of its input; by force a moment later. Until then this process is kept from ending. */
  close(): void;
  /** Ends it by force, now. */
  kill(): void;
}

/** Largest reply: 32 devices with evidence and chains of the largest size, in base64. Bytes. */
const MAX_REPLY_BYTES = 5 * 1024 * 1024;
/** Time to end by itself when its input ends. Milliseconds. */
const CLOSE_GRACE_MS = 2_000;
/** What a helper needs of the environment: to be found, and to find the driver's library. Tokens stay here. */
const ENVIRONMENT = ["PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL"];

const LINE_FEED = 0x0a;

/**
 * Starts the helper as the leader of a process group of its own, so that it can be ended with all it started. Should
 * this process die, the end of standard input tells it to go.
 *
 * @param command program and arguments
 * @param heard is given what it writes to standard error, which is read so that it never stops for it
 */
export function helperProcess(command: readonly [string, ...string[]], heard: (piece: Buffer) => void): HelperProcess {
  const [program, ...args] = command;
  const environment = Object.fromEntries(
    ENVIRONMENT.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const child: ChildProcessWithoutNullStreams = spawn(program, args, {
    env: environment,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let failure: TeeError | undefined;
  let exited = false;
  let waiting: { resolve(line: string): void; reject(error: TeeError): void } | undefined;
  let pieces: Buffer[] = [];
  let length = 0;

  const fail = (error: TeeError): void => {
    if (failure !== undefined) return;
    failure = error;
    // Once it has exited its number may be another's.
    if (!exited) killGroup(child.pid);
    child.stdout.destroy();
    child.stderr.destroy();
    waiting?.reject(failure);
    waiting = undefined;
  };

  const kill = (): void => fail(new TeeError("tee.cancelled", "device helper: ended by this process"));

  child.on("error", () => fail(new TeeError("tee.absent", "device helper: the program cannot be started")));
  child.on("exit", () => {
    exited = true;
    // What it left behind would hold its output open.
    killGroup(child.pid);
  });
  // Later than the exit: everything it wrote has been read.
  child.on("close", () => fail(new TeeError("tee.unreachable", "device helper: the process has ended")));
  // Writing to a process that has ended: the exit says it.
  child.stdin.on("error", () => undefined);
  child.stdout.on("error", () => fail(new TeeError("tee.unreachable", "device helper: broke off")));
  child.stderr.on("error", () => undefined);
  child.stderr.on("data", heard);
  child.stdout.on("data", (piece: Buffer) => {
    // Nothing was asked, or more than a line came: whose answer the next one would be is not known any more.
    const end = piece.indexOf(LINE_FEED);
    if (waiting === undefined || (end !== -1 && end !== piece.length - 1)) {
      fail(new TeeError("tee.malformed", "device helper: said more than one line for one request"));
      return;
    }
    length += piece.length;
    if (length > MAX_REPLY_BYTES) {
      fail(new TeeError("tee.malformed", `device helper: the answer has more than ${MAX_REPLY_BYTES} bytes`));
      return;
    }
    pieces.push(piece);
    if (end === -1) return;
    const line = Buffer.concat(pieces, length).toString("utf8");
    pieces = [];
    length = 0;
    const { resolve } = waiting;
    waiting = undefined;
    resolve(line);
  });

  return {
    get alive() {
      return failure === undefined;
    },
    async ask(line, limit) {
      if (failure !== undefined) throw failure;
      const giveUp = (): void => fail(limit.error() ?? new TeeError("tee.timeout", "device helper: no answer in time"));
      limit.signal.addEventListener("abort", giveUp, { once: true });
      try {
        return await new Promise<string>((resolve, reject) => {
          waiting = { resolve, reject };
          if (limit.signal.aborted) giveUp();
          else child.stdin.write(`${line}\n`);
        });
      } finally {
        limit.signal.removeEventListener("abort", giveUp);
      }
    },
    close() {
      if (failure !== undefined) return;
      child.stdin.end();
      setTimeout(kill, CLOSE_GRACE_MS).unref();
    },
    kill,
  };
}

/** The group's number is the leader's (setsid(2)). No process: nothing was started, or all have ended. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH.
  }
}
