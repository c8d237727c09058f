import type { Case } from "./cases.ts";
import type { LoadResult } from "./load.ts";
import type { Variant } from "./options.ts";

/** What one run of one variant gave. Figures about a proxy are absent in the direct variant. */
export interface Measurement {
  readonly responsesPerSecond: number;
  /** Engine events that arrived, per second; 0 for buffered answers. */
  readonly chunksPerSecond: number;
  readonly cpuPerChunk?: number;
  readonly cpuPerRequest?: number;
  readonly p50: number;
  readonly p99: number;
  readonly firstByteP50: number;
  readonly residentMiB?: number;
  /** Growth of resident memory while the streams were opened, KiB for each of them. */
  readonly growthPerStreamKiB?: number;
  /** Shares of one core. */
  readonly proxyShare?: number;
  readonly engineShare: number;
  readonly clientShare: number;
  readonly competing: number;
  readonly failures: Readonly<Record<string, number>>;
}

/** A run that could not be finished: no figures, only why. */
export function failedMeasurement(reason: string): Measurement {
  return {
    responsesPerSecond: Number.NaN,
    chunksPerSecond: Number.NaN,
    p50: Number.NaN,
    p99: Number.NaN,
    firstByteP50: Number.NaN,
    engineShare: Number.NaN,
    clientShare: Number.NaN,
    competing: Number.NaN,
    failures: { [reason]: 1 },
  };
}

/** Reads the figures out of a run. CPU is microseconds. */
export function measurementOf(
  one: Case,
  variant: Variant,
  run: LoadResult,
  competing: number,
  failures: Readonly<Record<string, number>>,
): Measurement {
  // Not even the window was reached: zeros would look like figures.
  if (run.window_s === 0) return { ...failedMeasurement(""), failures };
  const { proxy, engine } = run.watched;
  const seconds = run.window_s;
  const speaksRest = variant !== "connect" && variant !== "grpc";
  // A token is one engine event, however a gateway groups them; over REST the events themselves are counted.
  const chunks = one.stream ? (speaksRest ? run.window.events : run.window.tokens) : 0;
  const latency = run[one.latency ?? "took_ms"];
  const perSecond = (count: number) => (seconds > 0 ? count / seconds : 0);
  const share = (cpu: number) => (seconds > 0 ? cpu / seconds : 0);
  return {
    responsesPerSecond: perSecond(run.window.responses),
    chunksPerSecond: perSecond(chunks),
    p50: latency.p50,
    p99: latency.p99,
    firstByteP50: run.first_byte_ms.p50,
    engineShare: share(engine?.cpu_s ?? 0),
    clientShare: share(run.self_cpu_s),
    competing,
    failures,
    ...(proxy === undefined
      ? {}
      : {
          ...(chunks > 0 ? { cpuPerChunk: (proxy.cpu_s * 1e6) / chunks } : {}),
          ...(run.window.responses > 0 ? { cpuPerRequest: (proxy.cpu_s * 1e6) / run.window.responses } : {}),
          residentMiB: proxy.rss_done_kib / 1_024,
          proxyShare: share(proxy.cpu_s),
          ...(one.fresh ? { growthPerStreamKiB: (proxy.rss_done_kib - proxy.rss_before_kib) / one.streams } : {}),
        }),
  };
}
