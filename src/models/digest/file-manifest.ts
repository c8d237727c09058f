import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import {
  type FileState,
  IntegrityError,
  openStable,
  quoted,
  sameState,
  stateOf,
  workerPool,
} from "../hashing/index.ts";
import { type FileTask, hashFile } from "./file-digest.ts";
import { type ModelFile, modelFiles } from "./model-tree.ts";

/** One line of a manifest. */
export interface ManifestEntry extends ModelFile {
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** What tells whether the file has been written to since. */
  readonly state: FileState;
}

/** Names, sizes and digests of all files of a model. */
export interface FileManifest {
  readonly directory: string;
  /** Names that were left out, in the directory itself only. */
  readonly excluded: readonly string[];
  /** In the order of their names' bytes. */
  readonly entries: readonly ManifestEntry[];
  /** Of all files. */
  readonly bytes: number;
  /**
   * SHA-256, lower-case hex, of one record for each file: its SHA-256 in lower-case hex, two spaces, its name, NUL.
   * These are the records of `sha256sum -z`, so anybody can compute it without this program.
   */
  readonly digest: string;
}

export interface ManifestOptions {
  /** See modelFiles. Default none. */
  readonly excluded?: readonly string[];
  /** Bytes hashed so far, and of all files. */
  readonly onProgress?: ((bytes: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Less than this is hashed sooner than a thread starts. Bytes. */
const BYTES_WORTH_A_THREAD = 32 * 1024 * 1024;

/**
 * Hashes every file below a directory, several at a time.
 *
 * @throws IntegrityError if one is refused, cannot be read, or changes under way
 */
export async function fileManifest(directory: string, options: ManifestOptions = {}): Promise<FileManifest> {
  const { excluded = [], onProgress, signal } = options;
  const files = modelFiles(directory, excluded);
  const total = files.reduce((sum, { path }) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  await using pool = workerPool<FileTask, string>(new URL("./file-worker.ts", import.meta.url), {
    threads: Math.min(files.length, Math.floor(total / BYTES_WORTH_A_THREAD)),
    signal,
  });
  let hashed = 0;
  const tell = (bytes: number): void => {
    hashed += bytes;
    onProgress?.(hashed, total);
  };
  const entryOf = async (file: ModelFile): Promise<ManifestEntry> => {
    using opened = openStable(file.path);
    const { fd, size, state } = opened;
    if (signal?.aborted === true) throw new IntegrityError("aborted", "given up before everything was read");
    const small = total < BYTES_WORTH_A_THREAD;
    const sha256 = small ? hashFile({ fd, size }, tell) : await pool.run({ fd, size }, tell);
    opened.confirmUnchanged();
    return { ...file, size, sha256, state };
  };
  const entries = await inParallel(files, pool.capacity, entryOf);
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  const manifest = { directory, excluded, entries, bytes, digest: digestOf(entries) };
  confirmUnchanged(manifest);
  return manifest;
}

/**
 * Files that were hashed early may have changed while the others were, and names may have come and gone.
 *
 * @throws IntegrityError `changed` if the directory is not as it was when it was hashed
 */
export function confirmUnchanged({ directory, excluded, entries }: FileManifest): void {
  const files = modelFiles(directory, excluded);
  if (files.length !== entries.length) {
    throw new IntegrityError("changed", `files came or went in ${quoted(directory)} while it was read`);
  }
  for (const [index, { name, path, state }] of entries.entries()) {
    const file = files[index];
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    const same = file?.name.equals(name) === true && file.path.equals(path);
    if (!same || stats === undefined || !sameState(state, stateOf(stats))) {
      throw new IntegrityError("changed", `${quoted(name)} was changed while the files were read`);
    }
  }
}

function digestOf(entries: readonly ManifestEntry[]): string {
  const digest = createHash("sha256");
  for (const { name, sha256 } of entries) digest.update(`${sha256}  `).update(name).update("\0");
  return digest.digest("hex");
}

/** Results in the order of `items`, with at most `most` under way: as many files are open. Stops at the first failure. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  most: number,
  perform: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        results[index] = await perform(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: most }, lane));
  for (const result of lanes) if (result.status === "rejected") throw result.reason;
  return results;
}
