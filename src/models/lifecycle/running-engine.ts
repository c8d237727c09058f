import { randomBytes } from "node:crypto";
import { collect, createEnginePool, type EnginePool, type EngineTimeouts } from "../../engines/index.ts";
import {
  ENGINE_HOST,
  type EngineCommand,
  type EngineExit,
  type EngineProcess,
  engineEnvironment,
  startEngineProcess,
} from "../engine-process/index.ts";

/** Bytes of a health answer that are read. */
const MAX_HEALTH_BYTES = 64 << 10;
/** While an engine loads it is asked at least this often. Milliseconds. */
const LONGEST_SEARCH_MS = 500;

export interface HealthTimes {
  /** Between two questions. Milliseconds. */
  readonly healthIntervalMs: number;
  /** For one answer. Milliseconds. */
  readonly healthTimeoutMs: number;
  /** Answers missed in a row after which an engine counts as hung. */
  readonly healthMisses: number;
}

export interface RunningEngineOptions extends HealthTimes {
  readonly command: EngineCommand;
  readonly port: number;
  readonly graceMs: number;
  readonly timeouts: EngineTimeouts;
  readonly maxIdleSockets: number;
  readonly idleSocketMs: number;
  /** The gateway's environment; little of it is passed on. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onLine: (line: string) => void;
}

/** An engine process with the connections to it. */
export interface RunningEngine {
  readonly process: EngineProcess;
  readonly pool: EnginePool;
  /** What its environment is marked with; random. */
  readonly mark: string;
  /** Resolves at the first healthy answer; rejects with the signal's reason, or never. Death is `process.exited`. */
  healthy(signal: AbortSignal): Promise<void>;
  /** Resolves when so many answers in a row have been missed that the engine counts as hung; never before. */
  hung(signal: AbortSignal): Promise<void>;
  /** Ends the process group and closes what connects to it. */
  stop(): Promise<boolean>;
}

export function startRunningEngine(options: RunningEngineOptions): RunningEngine {
  const { command, port, graceMs, onLine, environment } = options;
  const { healthIntervalMs, healthTimeoutMs, healthMisses } = options;
  const mark = randomBytes(16).toString("hex");
  const pool = createEnginePool({
    engines: [{ url: new URL(`http://${ENGINE_HOST}:${port}`) }],
    timeouts: options.timeouts,
    maxIdleSockets: options.maxIdleSockets,
    idleSocketMs: options.idleSocketMs,
  });
  const process = startEngineProcess({
    ...command,
    environment: engineEnvironment(environment, mark),
    graceMs,
    onLine,
  });

  async function answers(signal: AbortSignal): Promise<boolean> {
    try {
      const ask = { method: "GET", path: "/health", requestId: "health", stream: false } as const;
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(healthTimeoutMs)]);
      await collect(pool, ask, MAX_HEALTH_BYTES, bounded);
      return true;
    } catch {
      return false;
    }
  }

  return {
    process,
    pool,
    mark,
    async healthy(signal) {
      while (!(await answers(signal))) await pause(Math.min(healthIntervalMs, LONGEST_SEARCH_MS), signal);
      signal.throwIfAborted();
    },
    async hung(signal) {
      for (let missed = 0; missed < healthMisses; ) {
        await pause(healthIntervalMs, signal);
        missed = (await answers(signal)) ? 0 : missed + 1;
        signal.throwIfAborted();
      }
    },
    stop() {
      return process.stop().finally(() => pool.close());
    },
  };
}

/** Waits; rejects with the signal's reason as soon as it aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", end);
      resolve();
    }, ms);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

/** Whichever comes first: the engine's end, or `work`. */
export function orExit(work: Promise<void>, engine: RunningEngine): Promise<EngineExit | undefined> {
  return Promise.race([engine.process.exited, work.then(() => undefined)]);
}
