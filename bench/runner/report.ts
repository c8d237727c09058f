import type { Row } from "./rows.ts";
import type { Summary } from "./statistics.ts";
import type { Target } from "./targets.ts";

const BUSY = 0.8;
const FULL = 0.95;
/** Competing load, as a share of one core, from which on figures are doubtful. */
const DISTURBED = 0.1;

/** What a reader has to know to judge the figures. */
export interface Conditions {
  readonly processor: string;
  readonly kernel: string;
  readonly node: string;
  readonly date: string;
  readonly rounds: number;
  readonly quick: boolean;
  readonly loadAverageAtStart: number;
}

interface Column {
  readonly title: string;
  readonly cell: (row: Row) => string;
}

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function plain(summary: Summary | undefined): string {
  return summary === undefined ? "–" : digits(summary.median);
}

/** Median and half the range in percent of it. */
function spread(summary: Summary | undefined): string {
  if (summary === undefined) return "–";
  if (summary.count < 2 || summary.median === 0) return digits(summary.median);
  const half = (summary.max - summary.min) / 2 / Math.abs(summary.median);
  return `${digits(summary.median)} ±${Math.round(half * 100)}%`;
}

function percent(summary: Summary | undefined): string {
  return summary === undefined ? "–" : `${Math.round(summary.median * 100)}%`;
}

const COLUMNS: readonly Column[] = [
  { title: "requests/s", cell: (row) => (row.group === "buffered" ? spread(row.responsesPerSecond) : "–") },
  { title: "streams/s", cell: (row) => (row.group === "burst" ? spread(row.responsesPerSecond) : "–") },
  { title: "chunks/s", cell: (row) => plain(row.chunksPerSecond) },
  { title: "CPU µs/chunk", cell: (row) => spread(row.cpuPerChunk) },
  { title: "CPU µs/request", cell: (row) => spread(row.cpuPerRequest) },
  { title: "× nginx", cell: (row) => plain(row.ratioToNginx) },
  { title: "+p50 ms", cell: (row) => plain(row.addedP50) },
  { title: "+p99 ms", cell: (row) => plain(row.addedP99) },
  { title: "RSS MB", cell: (row) => plain(row.residentMiB) },
  { title: "KiB/stream", cell: (row) => plain(row.growthPerStreamKiB) },
  { title: "proxy", cell: (row) => percent(row.proxyShare) },
  { title: "engine", cell: (row) => percent(row.engineShare) },
  { title: "client", cell: (row) => percent(row.clientShare) },
  { title: "notes", cell: notes },
];

/** Why a row is to be read with care. */
export function notes(row: Row): string {
  const engine = row.engineShare?.median ?? 0;
  const client = row.clientShare?.median ?? 0;
  const failures = Object.values(row.failures).reduce((sum, count) => sum + count, 0);
  const found: string[] = [];
  if (failures > 0) found.push(`${failures} FAILED`);
  if (row.rounds === 0) found.push("not run");
  if (row.mode.startsWith("paced") && (row.proxyShare?.median ?? 0) > FULL) found.push("proxy saturated");
  if (row.variant === "direct" && engine + client > FULL) found.push("ceiling of engine and client");
  else if (engine > BUSY || client > BUSY) found.push("! engine or client over 80%");
  else if (engine + client > FULL) found.push("! driver core full");
  return found.join(", ");
}

/** The table, the targets and what failed. */
export function render(
  conditions: Conditions,
  rows: readonly Row[],
  targets: readonly Target[],
  remarks: readonly string[],
): string {
  return [
    ...heading(conditions, rows),
    "",
    ...table(rows),
    "",
    ...targetLines(targets),
    ...failureLines(rows),
    ...remarks,
    "",
  ].join("\n");
}

function heading(conditions: Conditions, rows: readonly Row[]): string[] {
  const competing = rows.flatMap((row) => (row.competing === undefined ? [] : [row.competing.max]));
  const disturbed = competing.some((share) => share > DISTURBED);
  const worst = competing.length > 0 ? `${Math.round(Math.max(...competing) * 100)}% of a core` : "unknown";
  return [
    `${conditions.date} · ${conditions.processor} · Linux ${conditions.kernel} · Node ${conditions.node}`,
    `${conditions.rounds} round(s)${conditions.quick ? ", quick" : ""}, variants in turn; medians ± half the range; proxy on core 0, engine and client on core 1; loopback, cleartext`,
    `load average at start ${conditions.loadAverageAtStart.toFixed(2)}; most competing load in a row: ${worst}${disturbed ? ": repeat on a quiet machine before comparing" : ""}`,
    "CPU is user and system time of the proxy alone; a chunk is one engine event; latency is over the direct connection of the same round",
  ];
}

function table(rows: readonly Row[]): string[] {
  const head = ["mode", "variant", ...COLUMNS.map((column) => column.title)];
  const body = rows.map((row) => [row.mode, row.variant, ...COLUMNS.map((column) => column.cell(row))]);
  const widths = head.map((title, i) => Math.max(title.length, ...body.map((cells) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i < 2 || i === head.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  const lines = [line(head), widths.map((width) => "─".repeat(width)).join("  ")];
  body.forEach((cells, i) => {
    if (i > 0 && cells[0] !== body[i - 1]?.[0]) lines.push("");
    lines.push(line(cells));
  });
  return lines;
}

function targetLines(targets: readonly Target[]): string[] {
  return targets.map(({ text, measured, unit, reached }) => {
    const verdict = reached === undefined ? "not measured" : reached ? "reached     " : "NOT reached ";
    return `${verdict}  ${text}${measured === undefined ? "" : `: ${digits(measured)} ${unit}`}`;
  });
}

function failureLines(rows: readonly Row[]): string[] {
  return rows.flatMap((row) =>
    Object.entries(row.failures).map(([text, count]) => `failed: ${row.mode}, ${row.variant}: ${count} × ${text}`),
  );
}
