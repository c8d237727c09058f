import { readdirSync, realpathSync, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { GatewayError } from "../../errors/index.ts";

/** The directory that holds one directory per model. */
export interface ModelsDirectory {
  /**
   * Canonical path of a model's directory. Synchronous: loads take effect in the order in which they come.
   *
   * @param source one name, from outside
   * @throws GatewayError `invalid_request` if it is no such name or leads out of the directory, `model_not_found`
   */
  resolve(source: string): string;
  /** Names of the models there are, sorted. At most MAX_MODELS; up to a second old. */
  names(): readonly string[];
  /** Bytes of a model's files. Bounded in depth and count; what is beyond does not count. */
  size(source: string): Promise<number>;
}

/** One path component that cannot be taken for an option, a hidden file or a way upwards. */
const SOURCE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;
const MAX_MODELS = 1000;
const MAX_DEPTH = 8;
const MAX_FILES = 20_000;
/** The list of names is read at most this often: whoever asks for a status would read the directory. Milliseconds. */
const NAMES_AGE_MS = 1_000;

export function modelsDirectory(root: string): ModelsDirectory {
  function resolve(source: string): string {
    if (!SOURCE.test(source)) {
      throw new GatewayError("invalid_request", "source: is not the name of a directory in the models directory", {
        param: "source",
      });
    }
    let path: string;
    let isDirectory: boolean;
    let inside: boolean;
    try {
      const base = realpathSync(root);
      path = realpathSync(join(base, source));
      // A link may lead elsewhere: what counts is where it ends.
      inside = path.startsWith(base.endsWith(sep) ? base : base + sep);
      isDirectory = statSync(path).isDirectory();
    } catch {
      throw notFound();
    }
    if (!inside) {
      throw new GatewayError("invalid_request", "source: leads out of the models directory", { param: "source" });
    }
    if (!isDirectory) throw notFound();
    return path;
  }

  let listed: readonly string[] = [];
  let listedAt = Number.NEGATIVE_INFINITY;

  function list(): readonly string[] {
    let entries: readonly string[];
    try {
      entries = readdirSync(root);
    } catch {
      return [];
    }
    return entries
      .filter((name) => isModel(resolve, name))
      .toSorted()
      .slice(0, MAX_MODELS);
  }

  return {
    resolve,
    names() {
      const now = performance.now();
      if (now - listedAt > NAMES_AGE_MS) {
        listed = list();
        listedAt = now;
      }
      return listed;
    },
    size: (source) => sizeOf(resolve(source), MAX_DEPTH, { files: 0 }),
  };
}

function isModel(resolve: (source: string) => string, name: string): boolean {
  try {
    resolve(name);
    return true;
  } catch {
    return false;
  }
}

function notFound(): GatewayError {
  return new GatewayError("model_not_found", "There is no such model in the models directory", { param: "model" });
}

async function sizeOf(path: string, depth: number, seen: { files: number }): Promise<number> {
  let total = 0;
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (++seen.files > MAX_FILES) break;
    const inner = join(path, entry.name);
    if (entry.isDirectory() && depth > 0) total += await sizeOf(inner, depth - 1, seen);
    else if (entry.isFile()) total += (await stat(inner).catch(() => undefined))?.size ?? 0;
  }
  return total;
}
