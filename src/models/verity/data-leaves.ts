import { readExactly } from "../hashing/index.ts";
import { blockHasher } from "./block-hasher.ts";
import { digestBytes } from "./hash-algorithm.ts";
import type { VerityParameters } from "./verity-parameters.ts";

/** Some data blocks in a row, of a file that is open in this process. */
export interface LeafTask {
  readonly fd: number;
  readonly parameters: VerityParameters;
  /** First block. */
  readonly first: number;
  readonly count: number;
}

/** Data of one task: enough that handing it out costs nothing beside it. Bytes. */
const TASK_BYTES = 4 * 1024 * 1024;
/** Data read at a time: little enough for a core's own cache. Bytes, a multiple of every block size. */
const PIECE_BYTES = 512 * 1024;

/** One per thread: fresh memory for every task costs as much as reading the file. */
let piece: Uint8Array | undefined;

/** Blocks of one task. */
export function blocksPerTask({ dataBlockSize }: VerityParameters): number {
  return TASK_BYTES / dataBlockSize;
}

/** The digests of a task's blocks, one after the other. Throws IntegrityError if the blocks cannot be read. */
export function hashLeaves({ fd, parameters, first, count }: LeafTask): Uint8Array {
  const { dataBlockSize } = parameters;
  const length = digestBytes(parameters.algorithm);
  const hashBlock = blockHasher(parameters, dataBlockSize);
  const leaves = Buffer.alloc(count * length);
  piece ??= new Uint8Array(PIECE_BYTES);
  for (let index = 0; index < count; index++) {
    const offset = (index * dataBlockSize) % PIECE_BYTES;
    if (offset === 0) {
      const bytes = Math.min(PIECE_BYTES, (count - index) * dataBlockSize);
      readExactly(fd, piece.subarray(0, bytes), (first + index) * dataBlockSize);
    }
    hashBlock(piece.subarray(offset, offset + dataBlockSize), leaves, index * length);
  }
  return leaves;
}
