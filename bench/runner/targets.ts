import type { Row } from "./rows.ts";
import type { Summary } from "./statistics.ts";

/** A figure the gateway has to keep. */
export interface Target {
  readonly text: string;
  /** Median of what was measured; absent if the run did not include it. */
  readonly measured?: number;
  readonly unit: string;
  readonly reached?: boolean;
}

interface Definition {
  readonly text: string;
  readonly group: string;
  /** Name of the case. */
  readonly mode: string;
  readonly variant: string;
  readonly figure: (row: Row) => Summary | undefined;
  readonly unit: string;
  readonly most?: number;
  readonly least?: number;
}

const DEFINITIONS: readonly Definition[] = [
  {
    text: "paced, 500 streams, one 64-byte event per 10 ms, REST: CPU per chunk at most 1.75 × nginx",
    group: "paced",
    mode: "paced 500 × 10 ms",
    variant: "rest",
    figure: (row) => row.ratioToNginx,
    unit: "× nginx",
    most: 1.75,
  },
  {
    text: "burst of 51 events, one connection, REST: added p50 at most 0.6 ms",
    group: "burst",
    mode: "burst 51, 1 conn",
    variant: "rest",
    figure: (row) => row.addedP50,
    unit: "ms",
    most: 0.6,
  },
  {
    text: "burst of 51 events, 16 connections, REST, one core: streams/s at least nginx's",
    group: "burst",
    mode: "burst 51, 16 conn",
    variant: "rest",
    figure: (row) => row.throughputToNginx,
    unit: "× nginx",
    least: 1,
  },
  {
    text: "buffered chat, 1 KiB in, 2 KiB out, REST: at most 220 µs CPU per request with both signatures",
    group: "buffered",
    mode: "buffered, 32 conn",
    variant: "rest",
    figure: (row) => row.cpuPerRequest,
    unit: "µs",
    most: 220,
  },
  {
    text: "gRPC, 64 streams, one event per 10 ms: at most 16 µs CPU per token",
    group: "grpc",
    mode: "paced 64 × 10 ms",
    variant: "grpc",
    figure: (row) => row.cpuPerChunk,
    unit: "µs",
    most: 16,
  },
  {
    text: "5,000 idle streams held, REST: at most 30 KiB of memory per stream",
    group: "idle",
    mode: "idle 5000",
    variant: "rest",
    figure: (row) => row.growthPerStreamKiB,
    unit: "KiB",
    most: 30,
  },
];

/** Compares the medians with the targets. A row with failed answers reaches nothing. */
export function judge(rows: readonly Row[]): readonly Target[] {
  return DEFINITIONS.map(({ text, group, mode, variant, figure, unit, most, least }) => {
    const row = rows.find((one) => one.group === group && one.mode === mode && one.variant === variant);
    const measured = row === undefined ? undefined : figure(row)?.median;
    if (row === undefined || measured === undefined) return { text, unit };
    const clean = Object.keys(row.failures).length === 0;
    return {
      text,
      unit,
      measured,
      reached: clean && measured <= (most ?? Infinity) && measured >= (least ?? -Infinity),
    };
  });
}
