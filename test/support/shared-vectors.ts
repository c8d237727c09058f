import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const folder = process.env["COUNTERSIGN_SHARED_VECTORS"] ?? join(root, "../shared/vectors");

/**
 * A file of known answers that is kept outside the repository: in the folder COUNTERSIGN_SHARED_VECTORS names, by
 * default `../shared/vectors` beside the checkout. Undefined if it is not there; says so, because its tests are skipped.
 */
export function sharedVectors<T>(name: string): T | undefined {
  const path = join(folder, name);
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as T;
  process.stderr.write(`skipped: known answers are not at ${path}; set COUNTERSIGN_SHARED_VECTORS\n`);
  return undefined;
}
