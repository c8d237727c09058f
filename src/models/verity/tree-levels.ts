import { blockHasher } from "./block-hasher.ts";
import { digestBytes } from "./hash-algorithm.ts";
import { treeGeometry } from "./tree-geometry.ts";
import type { VerityParameters } from "./verity-parameters.ts";

/** A complete hash block. */
export interface TreeBlock {
  /** 0 for the leaves. */
  readonly level: number;
  /** Within its level. */
  readonly index: number;
  /** Within the tree on disk, in hash blocks. */
  readonly position: number;
  /** Valid during the call only. */
  readonly bytes: Uint8Array;
}

/** A tree that grows from its leaves. */
export interface TreeLevels {
  /** Digests of the next data blocks, one after the other. */
  add(leaves: Uint8Array): void;
  /** Completes the tree and returns its root. */
  finish(): Uint8Array;
}

interface GrowingLevel {
  readonly block: Buffer;
  filled: number;
  /** Blocks completed. */
  complete: number;
}

/** Keeps one block of each level, the one that is being filled. */
export function treeLevels(parameters: VerityParameters, onBlock?: (block: TreeBlock) => void): TreeLevels {
  const { hashBlockSize } = parameters;
  const { levels: places } = treeGeometry(parameters);
  const hashBlock = blockHasher(parameters, hashBlockSize);
  const levels = places.map((): GrowingLevel => ({ block: Buffer.alloc(hashBlockSize), filled: 0, complete: 0 }));
  const root = Buffer.alloc(digestBytes(parameters.algorithm));

  const complete = (level: number): void => {
    const growing = levels[level];
    const place = places[level];
    if (growing === undefined || place === undefined) return;
    // The last block of a level is zero beyond its digests.
    growing.block.fill(0, growing.filled);
    onBlock?.({ level, index: growing.complete, position: place.start + growing.complete, bytes: growing.block });
    growing.complete++;
    growing.filled = 0;
    const digest = Buffer.alloc(root.length);
    hashBlock(growing.block, digest, 0);
    add(level + 1, digest);
  };
  const add = (level: number, digests: Uint8Array): void => {
    const growing = levels[level];
    if (growing === undefined) {
      root.set(digests.subarray(0, root.length));
      return;
    }
    for (let taken = 0; taken < digests.length; ) {
      const part = digests.subarray(taken, taken + hashBlockSize - growing.filled);
      growing.block.set(part, growing.filled);
      growing.filled += part.length;
      taken += part.length;
      if (growing.filled === hashBlockSize) complete(level);
    }
  };
  return {
    add: (leaves) => add(0, leaves),
    finish() {
      for (const [level, { filled }] of levels.entries()) if (filled > 0) complete(level);
      return new Uint8Array(root);
    },
  };
}
