import { writeSync } from "node:fs";
import { errnoOf, IntegrityError, type StableFile } from "../hashing/index.ts";
import { type HashTreeOptions, hashTree } from "./hash-tree.ts";
import { writeSuperblock } from "./superblock.ts";
import type { VerityParameters } from "./verity-parameters.ts";

export interface TreeOutput {
  /** Where superblock and tree are written, from its first byte: the file that `veritysetup format` would make. */
  readonly fd: number;
  /** 16 bytes. */
  readonly uuid: Uint8Array;
}

/**
 * Hashes a file and writes its tree.
 *
 * @returns the root hash
 * @throws IntegrityError
 */
export async function writeTree(
  file: StableFile,
  parameters: VerityParameters,
  { fd, uuid }: TreeOutput,
  options: Omit<HashTreeOptions, "onBlock"> = {},
): Promise<Uint8Array> {
  const { hashBlockSize } = parameters;
  // The smallest hash block has the size of a superblock, so the tree begins with the second.
  const start = new Uint8Array(hashBlockSize);
  start.set(writeSuperblock({ parameters, uuid }));
  write(fd, start, 0);
  return hashTree(file, parameters, {
    ...options,
    onBlock: ({ bytes, position }) => write(fd, bytes, (1 + position) * hashBlockSize),
  });
}

function write(fd: number, bytes: Uint8Array, position: number): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  } catch (error) {
    throw new IntegrityError("io", `writing the hash tree failed (${errnoOf(error)})`);
  }
}
