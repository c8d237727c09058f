import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { CheckFailure } from "@countersign/client/verdict";
import { UsageError } from "./usage-error.ts";

/**
 * Reads a file whole. Its content is attacker-controlled: it is read to the limit and no further, whatever its size is
 * said to be, and a pipe or device is refused, which might never end.
 *
 * @param limit bytes
 * @throws UsageError if there is no such file, CheckFailure malformed if it is larger than the limit
 */
export function readInputFile(path: string, limit: number): Uint8Array {
  const file = opened(path);
  try {
    if (!fstatSync(file).isFile()) throw new UsageError(`${JSON.stringify(path)} is not a file`);
    const buffer = new Uint8Array(limit + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      length += read;
      if (length > limit) throw CheckFailure.malformed(`the file is larger than ${limit} bytes`);
      if (read === 0) return buffer.slice(0, length);
    }
  } finally {
    closeSync(file);
  }
}

/** Reads a file of UTF-8 text. Throws as {@link readInputFile} does, and CheckFailure malformed if it is no text. */
export function readTextFile(path: string, limit: number): string {
  return textOf(readInputFile(path, limit)) ?? refuseBinary();
}

/** The text these bytes are in UTF-8; undefined if they are none. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function refuseBinary(): never {
  throw CheckFailure.malformed("the file is not UTF-8 text");
}

function opened(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new UsageError(`${JSON.stringify(path)} cannot be read (${code})`);
  }
}
