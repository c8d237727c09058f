import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { type FilePath, quoted } from "./file-name.ts";
import { errnoOf, IntegrityError } from "./integrity-error.ts";

/**
 * A regular file opened once. Everything that is said about it is read through this one descriptor, so it is true of
 * the bytes that were opened, whatever becomes of the name.
 */
export interface StableFile extends Disposable {
  readonly path: FilePath;
  /** Valid in every thread of the process until the file is disposed of. */
  readonly fd: number;
  /** Bytes, when it was opened. */
  readonly size: number;
  /** When it was last written, nanoseconds since 1970, and what else tells one state of a file from the next. */
  readonly state: FileState;
  /**
   * To be called when everything has been read.
   *
   * @throws IntegrityError `changed` if the file was written to meanwhile or its name belongs to another one by now
   */
  confirmUnchanged(): void;
}

/** Equal states mean that nothing was written in between, to the resolution of the file system's clock. */
export interface FileState {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  readonly modified: bigint;
  /** Unlike the modification time, no program can set it. */
  readonly statusChanged: bigint;
}

export function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileState {
  return { device: dev, inode: ino, size, modified: mtimeNs, statusChanged: ctimeNs };
}

export function sameState(one: FileState, other: FileState): boolean {
  return (
    one.device === other.device &&
    one.inode === other.inode &&
    one.size === other.size &&
    one.modified === other.modified &&
    one.statusChanged === other.statusChanged
  );
}

/**
 * Opens a regular file for reading. A pipe or device, which might never end, is refused without waiting for it.
 *
 * @throws IntegrityError `not_found`, `malformed`
 */
export function openStable(path: FilePath): StableFile {
  const fd = opened(path);
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile()) throw new IntegrityError("malformed", `${quoted(path)} is not a regular file`);
    // Positions in a file are numbers here; 2^53 bytes are 8 PiB.
    if (stats.size > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new IntegrityError("malformed", `${quoted(path)} is larger than 2^53 bytes`);
    }
    const state = stateOf(stats);
    return {
      path,
      fd,
      size: Number(stats.size),
      state,
      confirmUnchanged() {
        if (!sameState(state, stateOf(fstatSync(fd, { bigint: true })))) {
          throw new IntegrityError("changed", `${quoted(path)} was changed while it was read`);
        }
        const named = statSync(path, { bigint: true, throwIfNoEntry: false });
        if (named?.dev !== state.device || named.ino !== state.inode) {
          throw new IntegrityError("changed", `${quoted(path)} was replaced by another file while it was read`);
        }
      },
      [Symbol.dispose]: () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function opened(path: FilePath): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new IntegrityError("not_found", `${quoted(path)} cannot be read (${errnoOf(error)})`);
  }
}

/**
 * Fills `target` from `position`.
 *
 * @throws IntegrityError `changed` if the file ends before, `io` if it cannot be read
 */
export function readExactly(fd: number, target: Uint8Array, position: number): void {
  let done = 0;
  while (done < target.length) {
    const read = readOnce(fd, target, done, position + done);
    if (read === 0) throw new IntegrityError("changed", "the file ended before the size it had when it was opened");
    done += read;
  }
}

function readOnce(fd: number, target: Uint8Array, offset: number, position: number): number {
  try {
    return readSync(fd, target, offset, target.length - offset, position);
  } catch (error) {
    throw new IntegrityError("io", `reading at byte ${position} failed (${errnoOf(error)})`);
  }
}
