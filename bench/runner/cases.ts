import type { Group, Options, Variant } from "./options.ts";

/** One workload, measured over several variants in turn. Times are seconds. */
export interface Case {
  readonly group: Group;
  /** First column of the table; unique. */
  readonly name: string;
  readonly mode: "paced" | "closed" | "rate" | "idle";
  /** What the mock engine answers, as its command describes. */
  readonly plan: string;
  readonly stream: boolean;
  /** Concurrent streams, or connections of a closed loop. */
  readonly streams: number;
  /** Requests per second in mode `rate`. */
  readonly rate?: number;
  /** Events of one answer, the last one included and `[DONE]` not; the last one carries no token. 0 for buffered and idle answers. */
  readonly events: number;
  readonly warmUp: number;
  readonly window: number;
  /** Which time the added latency is about; absent where the direct run is itself saturated and the difference would mean nothing. */
  readonly latency?: "age_ms" | "took_ms";
  readonly variants: readonly Variant[];
  /** Starts a proxy of its own and measures its memory; one round is enough. */
  readonly fresh?: true;
}

const INTERVAL_MS = 10;
const EVENT_BYTES = 64;
const BURST_EVENTS = 51;
const STREAMS: readonly Variant[] = ["direct", "nginx", "rest", "connect", "grpc"];
const REST_ONLY: readonly Variant[] = ["direct", "nginx", "rest"];

interface Paced {
  readonly group: Group;
  readonly streams: number;
  /** How long opening may take, plus the rest that is not measured: a proxy near its limit opens slowly. */
  readonly slack: number;
  /** All streams send in the same millisecond, as an engine that steps a batch does; otherwise they are spread over the interval. */
  readonly aligned?: true;
  readonly variants: readonly Variant[];
}

function paced({ group, streams, slack, aligned, variants }: Paced, quick: boolean): Case {
  const [warmUp, window] = quick ? [0.4, 1] : [0.8, 2.5];
  const events = Math.ceil(((slack + warmUp + window) * 1_000) / INTERVAL_MS);
  return {
    group,
    name: `paced ${streams} × ${INTERVAL_MS} ms${aligned ? ", aligned" : ""}`,
    mode: "paced",
    plan: `paced:${INTERVAL_MS}ms:${EVENT_BYTES}:${events}:${aligned ? "aligned" : "spread"}`,
    stream: true,
    streams,
    events,
    warmUp,
    window,
    ...(variants.includes("direct") ? { latency: "age_ms" as const } : {}),
    variants,
  };
}

/** `burst` sends every event in a write of its own, as inference engines do; `block` sends them all in one. */
function burst(kind: "burst" | "block", streams: number, variants: readonly Variant[], quick: boolean): Case {
  return {
    group: "burst",
    name: `${kind} ${BURST_EVENTS}, ${streams} conn`,
    mode: "closed",
    plan: `${kind}:${BURST_EVENTS}`,
    stream: true,
    streams,
    events: BURST_EVENTS,
    warmUp: quick ? 0.3 : 0.5,
    window: quick ? 0.6 : 1.2,
    ...(streams === 1 ? { latency: "took_ms" as const } : {}),
    variants,
  };
}

function buffered(load: { streams: number; rate?: number }, quick: boolean): Case {
  const shared = {
    group: "buffered" as const,
    plan: "buffered:2048",
    stream: false,
    streams: load.streams,
    events: 0,
    warmUp: quick ? 0.3 : 0.5,
    window: quick ? 0.6 : 1.2,
  };
  return load.rate === undefined
    ? { ...shared, name: `buffered, ${load.streams} conn`, mode: "closed", variants: STREAMS }
    : {
        ...shared,
        name: `buffered, ${load.rate}/s`,
        mode: "rate",
        rate: load.rate,
        latency: "took_ms",
        variants: REST_ONLY,
      };
}

function idle(quick: boolean): Case {
  return {
    group: "idle",
    name: "idle 5000",
    mode: "idle",
    plan: "idle",
    stream: true,
    streams: 5_000,
    events: 0,
    warmUp: 1,
    window: quick ? 1 : 3,
    variants: ["nginx", "rest"],
    fresh: true,
  };
}

/** The cases of a run, in order. */
export function chooseCases(options: Options): readonly Case[] {
  const { quick } = options;
  const all = [
    paced({ group: "paced", streams: 500, slack: quick ? 2 : 3, variants: REST_ONLY }, quick),
    paced({ group: "grpc", streams: 64, slack: quick ? 1 : 2, variants: STREAMS }, quick),
    ...(quick
      ? []
      : [paced({ group: "grpc", streams: 64, slack: 2, aligned: true, variants: ["nginx", "rest", "grpc"] }, quick)]),
    burst("burst", 1, STREAMS, quick),
    burst("burst", 16, STREAMS, quick),
    ...(quick ? [] : [burst("block", 16, ["nginx", "rest"], quick)]),
    buffered({ streams: 32 }, quick),
    ...(quick ? [] : [buffered({ streams: 64, rate: 500 }, quick)]),
    idle(quick),
  ];
  return all
    .filter((one) => options.only.includes(one.group))
    .map((one) => ({ ...one, variants: one.variants.filter((variant) => options.variants.includes(variant)) }))
    .filter((one) => one.variants.length > 0);
}
