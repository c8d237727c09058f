import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, IntegrityError, quoted, readExactly } from "../hashing/index.ts";
import { LONGEST_IDENTITY, parseIdentity, parseRootHash, type VerityParameters } from "../verity/index.ts";

/** A root hash that somebody names, alone or with the shape it belongs to. */
export interface RootPin {
  readonly rootHash: Uint8Array;
  /** Undefined if only the root is named, which leaves open what it is the root of. */
  readonly parameters: VerityParameters | undefined;
}

/** 64 hex digits, or an identity. Throws IntegrityError `malformed`. */
export function parseRootPin(text: string): RootPin {
  if (!text.includes(":")) return { rootHash: parseRootHash(text), parameters: undefined };
  const { rootHash, ...parameters } = parseIdentity(text);
  return { rootHash, parameters };
}

/**
 * Reads a file that holds a root hash, or an identity, on one line; white space around it does not count.
 *
 * @returns undefined if there is no such file
 * @throws IntegrityError `malformed` if it is a symbolic link or no regular file, or holds anything else
 */
export function readRootFile(path: string): RootPin | undefined {
  const text = shortText(path)?.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  if (text === undefined) return undefined;
  try {
    return parseRootPin(text);
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    throw new IntegrityError("malformed", `${quoted(path)}: ${error.message}`);
  }
}

/**
 * The root hash that a registry, a directory of files `<model>.roothash`, names for a model. The file is read anew each
 * time, so one that was removed is missing at once. It is a hint about which root to expect, from whoever can write to
 * the directory: what it names has still to be computed from the data, or compared with the kernel's active table.
 *
 * @returns undefined if the registry has no file for the model
 * @throws IntegrityError `malformed`, also if the model's name could lead out of the registry
 */
export function registeredRoot(directory: string, model: string): RootPin | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(model)) {
    throw new IntegrityError(
      "malformed",
      `${quoted(model)} is no name of a model in a registry: letters, digits, ".", "_" and "-"`,
    );
  }
  return readRootFile(join(directory, `${model}.roothash`));
}

function shortText(path: string): string | undefined {
  const fd = opened(path);
  if (fd === undefined) return undefined;
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new IntegrityError("malformed", `${quoted(path)} is not a regular file`);
    if (stats.size > LONGEST_IDENTITY) {
      throw new IntegrityError("malformed", `${quoted(path)} is larger than ${LONGEST_IDENTITY} bytes`);
    }
    const bytes = new Uint8Array(stats.size);
    readExactly(fd, bytes, 0);
    return new TextDecoder("latin1").decode(bytes);
  } finally {
    closeSync(fd);
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const reason = errnoOf(error);
    if (reason === "ENOENT") return undefined;
    if (reason === "ELOOP") throw new IntegrityError("malformed", `${quoted(path)} is a symbolic link`);
    throw new IntegrityError("not_found", `${quoted(path)} cannot be read (${reason})`);
  }
}
