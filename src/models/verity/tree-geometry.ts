import { digestBytes } from "./hash-algorithm.ts";
import type { VerityParameters } from "./verity-parameters.ts";

/** One level of a hash tree. */
export interface TreeLevel {
  /** Hash blocks in it. */
  readonly blocks: number;
  /** Its first block, counted in hash blocks from the start of the tree. */
  readonly start: number;
}

/** Where everything is in a hash tree. */
export interface TreeGeometry {
  readonly digestsPerBlock: number;
  /** From the leaves to the top. Empty if there is one data block, whose digest is the root. */
  readonly levels: readonly TreeLevel[];
  /** All hash blocks. */
  readonly blocks: number;
  /** Bytes of the tree, without a superblock. */
  readonly bytes: number;
}

/** On disk the top comes first and the leaves last. */
export function treeGeometry(parameters: VerityParameters): TreeGeometry {
  const digestsPerBlock = parameters.hashBlockSize / digestBytes(parameters.algorithm);
  const counts: number[] = [];
  for (let entries = parameters.dataBlocks; entries > 1; ) {
    entries = Math.ceil(entries / digestsPerBlock);
    counts.push(entries);
  }
  const blocks = counts.reduce((sum, count) => sum + count, 0);
  let start = blocks;
  const levels = counts.map((count): TreeLevel => {
    start -= count;
    return { blocks: count, start };
  });
  return { digestsPerBlock, levels, blocks, bytes: blocks * parameters.hashBlockSize };
}
