import { Counter, Gauge, Histogram as LabelledHistogram, Registry } from "prom-client";
import type { ReportedUsage } from "../usage/index.ts";
import { type Histogram, histogram } from "./histogram.ts";

/** Everything the gateway measures. Labels come from closed sets only: never a path, model, id or text of a caller. */
export interface Metrics {
  readonly timeToFirstToken: Histogram;
  readonly interTokenGap: Histogram;
  readonly signing: Histogram;
  exchangeStarted(): void;
  exchangeEnded(door: string, operation: string, status: string, seconds: number, usage?: ReportedUsage): void;
  /** One HTTP request answered, whatever it was. `route` is a pattern. */
  httpRequest(method: string, route: string, status: number, seconds: number): void;
  /** An error a caller saw. */
  error(code: string): void;
  connectionOpened(listener: string): void;
  connectionClosed(listener: string): void;
  /** Gauge read at each scrape. */
  gauge(name: string, help: string, read: () => number): void;
  /** Prometheus text exposition. */
  expose(): Promise<string>;
  readonly contentType: string;
}

const LATENCY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const GAP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 5];
const SIGNING_BUCKETS = [0.000025, 0.00005, 0.0001, 0.00015, 0.00025, 0.0005, 0.001, 0.005];

/** Metric names follow the peers this gateway replaces where they have one. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: "http_requests_total",
    help: "HTTP requests answered.",
    labelNames: ["method", "endpoint", "status"],
    registers,
  });
  const requestSeconds = new LabelledHistogram({
    name: "http_request_duration_seconds",
    help: "From the request's head to the end of its response.",
    labelNames: ["method", "endpoint"],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const connections = new Gauge({
    name: "active_connections",
    help: "Open connections of callers.",
    labelNames: ["listener"],
    registers,
  });
  const errors = new Counter({
    name: "http_errors_total",
    help: "Errors callers saw, by code.",
    labelNames: ["error_type"],
    registers,
  });
  const active = new Gauge({ name: "countersign_exchanges_active", help: "Exchanges in flight.", registers });
  const exchanges = new Counter({
    name: "countersign_exchanges_total",
    help: "Exchanges ended, by how they ended.",
    labelNames: ["door", "operation", "status"],
    registers,
  });
  const duration = new LabelledHistogram({
    name: "countersign_exchange_duration_seconds",
    help: "From the request's last byte to the end of the exchange.",
    labelNames: ["door", "operation"],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const tokens = new Counter({
    name: "countersign_tokens_total",
    help: "Tokens as the engine reported them.",
    labelNames: ["kind"],
    registers,
  });

  return {
    timeToFirstToken: histogram(
      registry,
      "countersign_time_to_first_token_seconds",
      "From the request's last byte to the first content of the engine.",
      LATENCY_BUCKETS,
    ),
    interTokenGap: histogram(
      registry,
      "countersign_inter_token_gap_seconds",
      "Between two reads of content from the engine within one answer.",
      GAP_BUCKETS,
    ),
    signing: histogram(
      registry,
      "signature_generation_duration_seconds",
      "Making the signatures of one text.",
      SIGNING_BUCKETS,
    ),
    exchangeStarted() {
      active.inc();
    },
    exchangeEnded(door, operation, status, seconds, usage) {
      active.dec();
      exchanges.inc({ door, operation, status });
      duration.observe({ door, operation }, seconds);
      if (usage === undefined) return;
      tokens.inc({ kind: "prompt" }, usage.promptTokens);
      tokens.inc({ kind: "completion" }, usage.completionTokens);
    },
    httpRequest(method, route, status, seconds) {
      requests.inc({ method, endpoint: route, status });
      requestSeconds.observe({ method, endpoint: route }, seconds);
    },
    error(code) {
      errors.inc({ error_type: code });
    },
    connectionOpened(listener) {
      connections.inc({ listener });
    },
    connectionClosed(listener) {
      connections.dec({ listener });
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    expose: () => {
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
