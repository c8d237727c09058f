import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Deadline, deadline, within } from "../deadline.ts";
import type { DeviceEvidenceSource, DeviceReport } from "../quote-source.ts";
import { serialQueue } from "../serial-queue.ts";
import { TeeError } from "../tee-error.ts";
import { deviceEvidence, NONCE_BYTES, requireNonce } from "./device-evidence.ts";
import { type HelperProcess, helperProcess } from "./helper-process.ts";

export interface NvidiaOptions {
  /** Helper program and arguments. Default: `python3` with the helper beside this file. */
  readonly command?: readonly [string, ...string[]];
  /** Time limit of one collection, waiting for its turn included. Milliseconds; default 60 000. */
  readonly timeoutMs?: number;
  /** Most collections that wait for their turn. Default 16. */
  readonly queue?: number;
  /** Pause before a helper that failed is started again; doubled at each failure in a row. Milliseconds; default 250. */
  readonly restartMs?: number;
}

/** Evidence of NVIDIA GPUs by way of a helper process. */
export interface NvidiaDevices extends DeviceEvidenceSource {
  /**
   * The last words of the helpers on standard error, for an operator who asks: printable ASCII, at most 2 000
   * characters. Not for logs: what drivers print is not known.
   */
  diagnosis(): string;
  /** Ends the helper, which keeps this process running until then. A later collection starts another one. */
  close(): void;
}

const HELPER = fileURLToPath(new URL("./helper.py", import.meta.url));
const LONGEST_RESTART_MS = 30_000;
const DIAGNOSIS_LENGTH = 2_000;
/** The words of the helper's protocol. */
const ERRORS: ReadonlyMap<unknown, string> = new Map([
  ["request", "it does not understand the request"],
  ["bindings", "the Python package nvidia-ml-py is not installed"],
  ["driver", "the driver refuses; confidential computing may be off"],
]);

const LIBRARY = "libnvidia-ml.so.1";
const LIBRARY_FOLDERS = [
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/usr/lib64",
  "/usr/lib",
  "/usr/local/nvidia/lib64",
];

/** Path of NVIDIA's management library, which comes with its driver; undefined if it is in none of the folders. */
export function nvidiaLibrary(folders: readonly string[] = LIBRARY_FOLDERS): string | undefined {
  return folders.map((folder) => join(folder, LIBRARY)).find((path) => existsSync(path));
}

/**
 * Starts the helper when evidence is first asked for, keeps it, and starts another one after a failure. The device is
 * asked for one collection at a time; callers with the same nonce share one.
 */
export function nvidiaDevices(options: NvidiaOptions = {}): NvidiaDevices {
  // Isolated mode: no module is taken from the working directory or the environment.
  const { command = ["python3", "-I", HELPER], timeoutMs = 60_000, queue = 16, restartMs = 250 } = options;
  const collections = serialQueue("device helper", queue);
  const flights = new Map<string, Promise<readonly DeviceReport[]>>();
  let helper: HelperProcess | undefined;
  let failures = 0;
  let restartAt = 0;
  let words = "";

  const heard = (piece: Buffer): void => {
    const printable = piece
      .subarray(-DIAGNOSIS_LENGTH)
      .toString("latin1")
      .replace(/[^\n\x20-\x7e]/g, "?");
    words = (words + printable).slice(-DIAGNOSIS_LENGTH);
  };

  const running = async (limit: Deadline): Promise<HelperProcess> => {
    if (helper?.alive === true) return helper;
    await delay(Math.max(0, restartAt - Date.now()), undefined, { signal: limit.signal }).catch(() => undefined);
    const ended = limit.error();
    if (ended !== undefined) throw ended;
    helper = helperProcess(command, heard);
    return helper;
  };

  const collectOnce = async (nonce: Uint8Array, limit: Deadline): Promise<readonly DeviceReport[]> => {
    const process = await running(limit);
    try {
      const line = await process.ask(JSON.stringify({ nonce: Buffer.from(nonce).toString("hex") }), limit);
      const reports = deviceEvidence(parse(line), nonce);
      requireNonce(reports, nonce);
      failures = 0;
      return reports;
    } catch (error) {
      // A word of the protocol says that the device refuses, not that the helper is broken.
      if (!(error instanceof TeeError && error.code === "tee.refused")) process.kill();
      if (!process.alive) {
        restartAt = Date.now() + Math.min(LONGEST_RESTART_MS, restartMs * 2 ** failures);
        failures = Math.min(failures + 1, 16);
      }
      throw error;
    }
  };

  return {
    kind: "nvidia",
    simulated: false,
    async collect(nonce, signal) {
      if (nonce.length !== NONCE_BYTES) throw new TypeError(`a nonce has ${NONCE_BYTES} bytes, not ${nonce.length}`);
      const name = Buffer.from(nonce).toString("hex");
      let flight = flights.get(name);
      if (flight === undefined) {
        // One collection serves several callers, so it ends with none of them.
        const limit = deadline("device helper", timeoutMs);
        const wanted = nonce.slice();
        flight = collections.run(limit, () => collectOnce(wanted, limit)).finally(() => flights.delete(name));
        flights.set(name, flight);
      }
      return within(deadline("device helper", timeoutMs, signal), flight);
    },
    diagnosis: () => words,
    close() {
      helper?.close();
      helper = undefined;
    },
  };
}

function parse(line: string): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch {
    throw new TeeError("tee.malformed", "device helper: the answer is not JSON");
  }
  if (typeof answer === "object" && answer !== null && "error" in answer) {
    throw new TeeError("tee.refused", `device helper: ${ERRORS.get(answer.error) ?? "it reports an error"}`);
  }
  return answer;
}
