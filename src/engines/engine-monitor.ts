import type { Logger } from "../observe/index.ts";
import { collect } from "./collect.ts";
import type { EnginePool } from "./engine-pool.ts";

/** Watches whether the engine answers. */
export interface EngineMonitor {
  /** Resolves at the first probe that is answered. Never rejects. */
  readonly firstAnswer: Promise<void>;
  stop(): void;
}

/** Probes: while the engine is silent, and once it answers. Milliseconds. */
const SEARCH_INTERVAL_MS = 250;
const WATCH_INTERVAL_MS = 5_000;
/** An engine that lists its models slower than this does not count as answering. Milliseconds. */
const PROBE_TIMEOUT_MS = 3_000;
const MAX_PROBE_BYTES = 4 << 20;

/** Asks the engine for its model list again and again, and says when that changes. Requests do not wait for it. */
export function monitorEngine(engines: EnginePool, log: Logger, onChange: (answering: boolean) => void): EngineMonitor {
  let answering = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const stopping = new AbortController();
  let announce = (): void => {};
  const firstAnswer = new Promise<void>((resolve) => {
    announce = resolve;
  });

  const probe = async (): Promise<void> => {
    const before = answering;
    try {
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
      const ask = { method: "GET", path: "/v1/models", requestId: "probe", stream: false } as const;
      await collect(engines, ask, MAX_PROBE_BYTES, signal);
      answering = true;
      announce();
    } catch {
      answering = false;
    }
    if (stopped) return;
    if (answering !== before) {
      log[answering ? "info" : "warn"](answering ? "engine answers" : "engine silent");
      onChange(answering);
    }
    timer = setTimeout(probe, answering ? WATCH_INTERVAL_MS : SEARCH_INTERVAL_MS);
    timer.unref();
  };
  void probe();

  return {
    firstAnswer,
    stop() {
      stopped = true;
      clearTimeout(timer);
      stopping.abort();
    },
  };
}
