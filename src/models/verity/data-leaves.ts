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

/** Data of one task; the memory of each thread that hashes. Small enough for a core's own cache. Bytes. */
const TASK_BYTES = 1024 * 1024;

/** One per thread: fresh memory for every task costs as much as reading the file. */
let taskData: Uint8Array | undefined;

/** Blocks of one task. */
export function blocksPerTask({ dataBlockSize }: VerityParameters): number {
  return TASK_BYTES / dataBlockSize;
}

/** The digests of a task's blocks, one after the other. Throws IntegrityError if the blocks cannot be read. */
export function hashLeaves({ fd, parameters, first, count }: LeafTask): Uint8Array {
  const { dataBlockSize } = parameters;
  const length = digestBytes(parameters.algorithm);
  const hashBlock = blockHasher(parameters, dataBlockSize);
  taskData ??= new Uint8Array(TASK_BYTES);
  const data = taskData.subarray(0, count * dataBlockSize);
  readExactly(fd, data, first * dataBlockSize);
  const leaves = Buffer.alloc(count * length);
  for (let index = 0; index < count; index++) {
    hashBlock(data.subarray(index * dataBlockSize, (index + 1) * dataBlockSize), leaves, index * length);
  }
  return leaves;
}
