import { lstatSync, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import type { QuoteMaker } from "../agent/index.ts";
import { openStateDirectory } from "../platform/index.ts";
import { type ServedEntry, serveEntry } from "./report-entry.ts";

export interface SimulatedConfigfsOptions {
  /** Stands for `/sys/kernel/config/tsm/report`. Made with mode 0700 if it is not there. */
  readonly root: string;
  readonly quoteMaker: QuoteMaker;
  /** Default `tdx_guest`. */
  readonly provider?: string;
  /** How many of the next requests another writer interferes with: their generation is one too high. Default 0. */
  readonly interferences?: number;
}

/** A directory in which something plays the kernel. */
export interface SimulatedConfigfs {
  readonly root: string;
  /** Stops and removes every entry; the root stays. */
  close(): void;
}

const REPORT_DATA_BYTES = 64;
const REGISTER_BYTES = 48;
/** Entries that are kept after newer ones have come: more than any client has in work. */
const MAX_ENTRIES = 64;

/**
 * Plays the kernel's configfs-tsm (Linux 6.7, Documentation/ABI/testing/configfs-tsm-report) in an ordinary directory,
 * for clients that are given it as their root. The reports are quotes of the simulated platform.
 *
 * An ordinary directory differs from the real one in two ways that no watcher can hide, since mkdir returns before it
 * hears of it:
 * - Attributes appear a moment after mkdir, and `outblob` a moment after `inblob` was written. A client therefore waits
 *   for a file that is not there yet (ENOENT), which the kernel never makes it do. Nothing else is left to timing:
 *   files appear whole, `inblob` last of the first three, and `generation` has its new value before `outblob` appears.
 * - rmdir fails, because the attributes are real files; the entry is removed after 64 newer ones, or at close.
 *
 * An entry answers one write. One that is not of 64 bytes has no report, where the kernel says EINVAL.
 *
 * @throws TeeError if the root cannot be had privately
 */
export function startSimulatedConfigfs(options: SimulatedConfigfsOptions): SimulatedConfigfs {
  const { root, quoteMaker, provider = "tdx_guest" } = options;
  let interferences = options.interferences ?? 0;
  const entries = new Map<string, ServedEntry>();
  const registers = { rtmr3: new Uint8Array(REGISTER_BYTES), mrConfigId: new Uint8Array(REGISTER_BYTES) };
  const answers = {
    provider,
    report: (input: Uint8Array) =>
      input.length === REPORT_DATA_BYTES ? quoteMaker({ reportData: input, ...registers }) : undefined,
    generation: () => (interferences-- > 0 ? 2 : 1),
  };

  const serve = (name: string): void => {
    const directory = join(root, name);
    if (entries.has(name) || lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return;
    entries.set(name, serveEntry(directory, answers));
    for (const [oldest, entry] of entries) {
      if (entries.size <= MAX_ENTRIES) break;
      entry.close();
      entries.delete(oldest);
    }
  };

  openStateDirectory(root);
  const watcher = watch(root, (_event, name) => {
    if (name !== null) serve(name);
  });
  for (const name of readdirSync(root)) serve(name);
  return {
    root,
    close() {
      watcher.close();
      for (const entry of entries.values()) entry.close();
      entries.clear();
    },
  };
}
