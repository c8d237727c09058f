import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const folder = process.env["COUNTERSIGN_SHARED_VECTORS"] ?? join(root, "../shared/vectors");

/**
 * A file of known answers or a genuine sample that is kept outside the repository: in the folder
 * COUNTERSIGN_SHARED_VECTORS names, by default `../shared/vectors` beside the checkout. Undefined if it is not there;
 * says so, because its tests are skipped.
 */
export function sharedFile(name: string): Uint8Array | undefined {
  const path = join(folder, name);
  if (existsSync(path)) return new Uint8Array(readFileSync(path));
  process.stderr.write(`skipped: known answers are not at ${path}; set COUNTERSIGN_SHARED_VECTORS\n`);
  return undefined;
}

/** The same, as parsed JSON. */
export function sharedVectors<T>(name: string): T | undefined {
  const bytes = sharedFile(name);
  return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as T);
}
