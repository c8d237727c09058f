import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** A file's bytes, or why there are none, to be read after the file's name ("… does not exist"). */
export type FileRead = { readonly bytes: Uint8Array } | { readonly refused: string };

/** Reads one regular file of at most `maxBytes`. Never throws. */
export type ReadFile = (path: string, maxBytes: number) => FileRead;

/** `ReadFile` on the real file system. */
export const readBoundedFile: ReadFile = (path, maxBytes) => {
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK, opening a named pipe nobody writes to would hold up the start for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(descriptor).isFile()) return { refused: "is not a regular file" };
    // The size on record may be out of date by the time of reading, so the bound is on what is read.
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    if (length > maxBytes) return { refused: `is larger than ${maxBytes} bytes` };
    return { bytes: buffer.subarray(0, length) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return { refused: "does not exist" };
    if (code === "EACCES" || code === "EPERM") return { refused: "may not be read by this user" };
    return { refused: `cannot be read (${typeof code === "string" ? code : "unknown error"})` };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
};

/** Decodes UTF-8 strictly, a leading byte order mark aside; undefined when the bytes are something else. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
