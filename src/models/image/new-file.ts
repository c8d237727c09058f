import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { errnoOf, IntegrityError, quoted } from "../hashing/index.ts";

/** A file that is being written from its start. */
export interface NewFile extends Disposable {
  readonly fd: number;
  /** Bytes appended so far. */
  readonly size: number;
  append(bytes: Uint8Array): void;
  /** Waits until everything is on the disk. */
  sync(): void;
}

/**
 * Opens a file for writing.
 *
 * @param options `at`: bytes it already has, after which it is written on. Default: it must not exist
 * @throws IntegrityError `io`
 */
export function newFile(path: string, { at }: { readonly at?: number } = {}): NewFile {
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new IntegrityError("io", `${quoted(path)} cannot be written (${errnoOf(error)})`);
    }
  };
  const fd = guard(() => openSync(path, at === undefined ? "wx" : "r+", 0o644));
  let size = at ?? 0;
  return {
    fd,
    get size() {
      return size;
    },
    append(bytes) {
      for (let done = 0; done < bytes.length; ) {
        const written = guard(() => writeSync(fd, bytes, done, bytes.length - done, size));
        done += written;
        size += written;
      }
    },
    sync: () => guard(() => fsyncSync(fd)),
    [Symbol.dispose]: () => closeSync(fd),
  };
}
