import { join } from "node:path";
import { TeeError } from "../../tee-error.ts";
import { createStateFile, openStateDirectory, readStateFile } from "../platform/index.ts";

/**
 * A file that is made once per installation and read ever after. Two processes that start at once agree on the first
 * one's file.
 *
 * @param make the content where there is no file yet
 * @returns the text in the file
 * @throws TeeError if the directory or the file is not private to its owner, or cannot be read or written
 */
export function keptFile(directory: string, name: string, make: () => string): string {
  openStateDirectory(directory);
  const present = readStateFile(directory, name);
  if (present !== undefined) return present;
  createStateFile(directory, name, make());
  const kept = readStateFile(directory, name);
  if (kept === undefined)
    throw new TeeError("tee.unreachable", `${join(directory, name)}: vanished while it was opened`);
  return kept;
}

/** An error about a kept file's content. The file is never replaced: pins of the old keys would fail without a word why. */
export function unreadableState(path: string, what: string): TeeError {
  return new TeeError(
    "tee.malformed",
    `${path}: ${what}. Delete its directory to make a new simulated platform; every pin of the old one will then fail`,
  );
}
