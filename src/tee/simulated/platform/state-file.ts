import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { TeeError } from "../../tee-error.ts";

/** Largest state file that is read. Bytes. */
const MAX_BYTES = 64 * 1024;

/**
 * Makes the directory if it is not there, for its owner alone (mode 0700).
 *
 * @throws TeeError if it cannot be made, is no directory, is somebody else's, or others may enter it
 */
export function openStateDirectory(directory: string): void {
  let stats: Stats;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    stats = lstatSync(directory);
  } catch {
    throw new TeeError("tee.unreachable", `state directory ${directory}: cannot be made or read`);
  }
  if (!stats.isDirectory()) {
    throw new TeeError("tee.mismatch", `state directory ${directory}: is not a directory; name another, or remove it`);
  }
  requirePrivate(directory, stats, "700");
}

/**
 * A state file's text; undefined if there is none.
 *
 * @throws TeeError if there is something that is not a private file of this user, of at most 64 KiB
 */
export function readStateFile(directory: string, name: string): string | undefined {
  const path = join(directory, name);
  let descriptor: number;
  try {
    // A link could lead to a file of another user's choice; a pipe would block.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrorCode(error, "ENOENT")) return undefined;
    throw new TeeError("tee.unreachable", `${path}: cannot be read; make it readable for this user, or delete it`);
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new TeeError("tee.mismatch", `${path}: is not a file; delete it`);
    requirePrivate(path, stats, "600");
    const buffer = new Uint8Array(MAX_BYTES + 1);
    const length = readAll(descriptor, buffer, path);
    if (length > MAX_BYTES) throw new TeeError("tee.malformed", `${path}: is too large to be a state file; delete it`);
    return new TextDecoder().decode(buffer.subarray(0, length));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Makes a state file (mode 0600), whole or not at all.
 *
 * @returns false if there is one by now, which stays as it is: another process was faster
 * @throws TeeError if it cannot be written
 */
export function createStateFile(directory: string, name: string, text: string): boolean {
  const path = join(directory, name);
  const temporary = join(directory, `.${name}.${randomBytes(8).toString("hex")}`);
  try {
    const descriptor = openSync(temporary, "wx", 0o600);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    try {
      // Unlike a rename, a link never replaces: of two processes that start together, both use the first one's file.
      linkSync(temporary, path);
      return true;
    } catch (error) {
      if (isErrorCode(error, "EEXIST")) return false;
      throw error;
    } finally {
      unlinkSync(temporary);
    }
  } catch {
    throw new TeeError("tee.unreachable", `${path}: cannot be written; check the directory's permissions and space`);
  }
}

function readAll(descriptor: number, buffer: Uint8Array, path: string): number {
  let length = 0;
  try {
    for (;;) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (count === 0) return length;
      length += count;
    }
  } catch {
    throw new TeeError("tee.unreachable", `${path}: reading it failed`);
  }
}

function requirePrivate(path: string, stats: Stats, mode: "600" | "700"): void {
  if (process.getuid !== undefined && stats.uid !== process.getuid()) {
    throw new TeeError("tee.mismatch", `${path}: belongs to another user; name another state directory`);
  }
  if ((stats.mode & 0o077) !== 0) {
    throw new TeeError("tee.mismatch", `${path}: others than its owner have access; chmod ${mode} it, or delete it`);
  }
}

function isErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
