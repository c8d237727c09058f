import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MARK_VARIABLE } from "./engine-environment.ts";
import { groupGone, groupMembers, signalGroup } from "./process-group.ts";

/** Largest record that is read. Bytes. */
const MAX_RECORD_BYTES = 1024;
/** Stale engines get this long to be gone after KILL. Milliseconds. */
const REAP_MS = 15_000;

/** Notes on disk which engines run, so that a gateway that was killed finds and ends the ones it left behind. */
export interface EngineRecords {
  /** Notes a group and its mark. `instance` is a name of the closed set. */
  write(instance: string, pid: number, mark: string): void;
  remove(instance: string): void;
  /** Ends what an earlier gateway left running; resolves with how many groups there were. */
  endStale(): Promise<number>;
}

export function engineRecords(directory: string): EngineRecords {
  const fileOf = (instance: string): string => join(directory, `engine-${instance}.json`);
  return {
    write(instance, pid, mark) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileSync(fileOf(instance), JSON.stringify({ pid, mark }), { mode: 0o600 });
    },
    remove: (instance) => rmSync(fileOf(instance), { force: true }),
    async endStale() {
      let ended = 0;
      for (const name of entries(directory)) {
        if (!/^engine-[a-z]+\.json$/.test(name)) continue;
        const file = join(directory, name);
        const record = readRecord(file);
        if (record !== undefined && (await isOurs(record.pid, record.mark))) {
          signalGroup(record.pid, "SIGKILL");
          await groupGone(record.pid, REAP_MS);
          ended++;
        }
        rmSync(file, { force: true });
      }
      return ended;
    },
  };
}

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readRecord(file: string): { readonly pid: number; readonly mark: string } | undefined {
  try {
    const text = readFileSync(file, "utf8");
    if (text.length > MAX_RECORD_BYTES) return undefined;
    const { pid, mark } = JSON.parse(text) as Record<string, unknown>;
    return Number.isSafeInteger(pid) && typeof mark === "string" && mark.length >= 32
      ? { pid: pid as number, mark }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the group is one this gateway's predecessor started: process ids come again, so a process of the group has to
 * carry the mark in its environment. Only Linux shows that; elsewhere nothing is ended.
 */
async function isOurs(group: number, mark: string): Promise<boolean> {
  const wanted = `${MARK_VARIABLE}=${mark}`;
  for (const pid of (await groupMembers(group)) ?? []) {
    // It may have ended meanwhile, or belong to somebody else.
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (environment.split("\0").includes(wanted)) return true;
  }
  return false;
}
