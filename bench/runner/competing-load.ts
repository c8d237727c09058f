import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;

/** Processor time that every living process and its ended children have used so far, seconds. */
export interface Snapshot {
  readonly at: number;
  readonly byProcess: ReadonlyMap<number, number>;
}

/**
 * Reads what every process has used so far, own and waited-for children. `/proc/stat` would be simpler, but counts by timer ticks, and work
 * that is aligned to the timer, as paced work is, hides from it.
 */
export function snapshot(): Snapshot {
  const byProcess = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, "latin1");
      // Fields 14 to 17, counted after the parenthesised command name.
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      byProcess.set(Number(name), ticks / TICKS_PER_SECOND);
    } catch {
      // The process has ended since the directory was read.
    }
  }
  return { at: performance.now() / 1_000, byProcess };
}

/**
 * Share of one core that processes other than the given ones used between two snapshots. When a process ends, its time moves to its parent, so the
 * sum over all processes stays right.
 */
export function competing(from: Snapshot, to: Snapshot, own: ReadonlySet<number>): number {
  const total = ({ byProcess }: Snapshot) =>
    [...byProcess].reduce((sum, [pid, used]) => (own.has(pid) ? sum : sum + used), 0);
  return Math.max(0, total(to) - total(from)) / (to.at - from.at);
}
