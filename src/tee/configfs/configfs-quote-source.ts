import { randomUUID } from "node:crypto";
import { mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { deadline, within } from "../deadline.ts";
import { requireReportData, requireReportDataLength } from "../quote-report-data.ts";
import type { QuoteSource } from "../quote-source.ts";
import { serialQueue } from "../serial-queue.ts";
import { TeeError } from "../tee-error.ts";
import { configfsError } from "./configfs-error.ts";
import { type ReportEntry, reportEntry } from "./report-entry.ts";

/** Where Linux has it. */
export const CONFIGFS_ROOT = "/sys/kernel/config/tsm/report";
/** The one provider whose reports are TDX quotes. */
const PROVIDER = "tdx_guest";

export interface ConfigfsOptions {
  /** Default {@link CONFIGFS_ROOT}. */
  readonly root?: string;
  /** Whether a stand-in for the kernel serves the directory. Default false. */
  readonly simulated?: boolean;
  /** Time limit of a quote, waiting for its turn included. Milliseconds; default 30 000. */
  readonly timeoutMs?: number;
  /** Most quote requests that wait for their turn. Default 32. */
  readonly queue?: number;
  /** How often a request another writer interfered with is made, in all. Default 3. */
  readonly attempts?: number;
}

/** What one attempt came to: a report, or that somebody else wrote to the entry meanwhile. */
type Attempt = Uint8Array | "interfered";

/**
 * Quotes of a TDX guest from the kernel (configfs-tsm, Linux 6.7 or later). There is no event log and no application
 * identity here: a policy has to pin MRTD and RTMRs.
 */
export function configfsQuoteSource(options: ConfigfsOptions = {}): QuoteSource {
  const { root = CONFIGFS_ROOT, simulated = false, timeoutMs = 30_000, queue = 32, attempts = 3 } = options;
  const source = `configfs-tsm at ${root}`;
  const requests = serialQueue(source, queue);

  const report = async (reportData: Uint8Array): Promise<Uint8Array> => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const made = await withEntry(root, (entry) => request(entry, reportData));
      if (made !== "interfered") return made;
    }
    throw new TeeError("tee.refused", `${source}: another writer interfered with each of ${attempts} requests`);
  };

  return {
    kind: "configfs-tsm",
    simulated,
    endpoint: root,
    async quote(reportData, signal) {
      requireReportDataLength(reportData);
      // The caller's bytes may change while the request waits.
      const wanted = reportData.slice();
      const quote = await requests.run(deadline(source, timeoutMs, signal), () => report(wanted));
      requireReportData(quote, wanted);
      return { quote, eventLog: undefined, vmConfig: undefined };
    },
  };
}

/**
 * What makes reports under `root`, for example `tdx_guest`; undefined if there is no such directory or nothing makes
 * any. For start-up, which asks before it simulates.
 */
export async function configfsProvider(root: string = CONFIGFS_ROOT): Promise<string | undefined> {
  try {
    const limit = deadline(`configfs-tsm at ${root}`, 5_000);
    return await within(
      limit,
      withEntry(root, (entry) => entry.provider()),
    );
  } catch (error) {
    if (error instanceof TeeError && error.code === "tee.absent") return undefined;
    throw error;
  }
}

async function request(entry: ReportEntry, reportData: Uint8Array): Promise<Attempt> {
  const before = await entry.generation();
  await entry.writeInput(reportData);
  const provider = await entry.provider();
  if (provider !== PROVIDER) {
    const named = /^[a-z0-9_]{1,32}$/.test(provider) ? provider : "unknown";
    throw new TeeError("tee.unsupported", `configfs-tsm: the provider is ${named}; ${PROVIDER} is supported`);
  }
  const output = await entry.readOutput();
  // One write was ours; any other one may have changed what the report is for.
  return (await entry.generation()) === before + 1 ? output : "interfered";
}

/** Works in a fresh entry, which nobody else has a reason to touch. */
async function withEntry<T>(root: string, work: (entry: ReportEntry) => Promise<T>): Promise<T> {
  const directory = join(root, `countersign-${process.pid}-${randomUUID()}`);
  try {
    await mkdir(directory);
    try {
      return await work(reportEntry(directory));
    } finally {
      // The kernel takes the attributes away with it. A report stands whether or not the directory goes.
      await rmdir(directory).catch(() => undefined);
    }
  } catch (error) {
    throw configfsError(root, error);
  }
}
