import { readExactly } from "../hashing/index.ts";
import { blockHasher } from "./block-hasher.ts";
import { equalDigests } from "./equal-digests.ts";
import { digestBytes } from "./hash-algorithm.ts";
import { type StoredTree, treeOffset } from "./stored-tree.ts";
import { treeGeometry } from "./tree-geometry.ts";
import type { TreeBlock } from "./tree-levels.ts";
import type { VerityIdentity } from "./verity-identity.ts";

/** A block of the stored tree that is not what its parent, or the root, says. */
export interface BadTreeBlock {
  /** 0 for the leaves. */
  readonly level: number;
  /** Within its level. */
  readonly index: number;
  /** Of its first byte, from the start of the file that holds the tree. */
  readonly offset: number;
}

/** Blocks that differ. */
export interface BlockFaults {
  /** Number of data blocks that do not have the digest the tree states. */
  readonly dataCount: number;
  /** The first of them, at most MOST_NAMED, counted from 0. */
  readonly data: readonly number[];
  readonly treeCount: number;
  /** The first of them, at most MOST_NAMED. */
  readonly tree: readonly BadTreeBlock[];
}

/** Blocks that are named; all are counted. */
export const MOST_NAMED = 16;

/** Compares a tree that is being computed from the data with the stored one. */
export interface TreeComparison {
  compare(computed: TreeBlock): void;
  faults(): BlockFaults;
}

/**
 * Whether the data is right is decided by the computed root alone. This says where it is not: a stored block that its
 * stored parent vouches for is right, so it is the data below it that differs; one that its parent does not vouch for
 * is itself at fault. Each stored block is read once for the comparison, and parents again only to find a fault.
 */
export function treeComparison(stored: StoredTree, identity: VerityIdentity): TreeComparison {
  const { hashBlockSize } = identity;
  const geometry = treeGeometry(identity);
  const { fd } = stored.file;
  const start = treeOffset(stored, identity);
  const length = digestBytes(identity.algorithm);
  const hashBlock = blockHasher(identity, hashBlockSize);
  const block = new Uint8Array(hashBlockSize);
  const faults = { dataCount: 0, data: [] as number[], treeCount: 0, tree: [] as BadTreeBlock[] };

  /** The digest that the stored parent, or the pinned root, states for a block. */
  const statedDigest = (level: number, index: number): Uint8Array => {
    const parent = geometry.levels[level + 1];
    if (parent === undefined) return identity.rootHash;
    const digest = new Uint8Array(length);
    const parentBlock = parent.start + Math.floor(index / geometry.digestsPerBlock);
    readExactly(fd, digest, start + parentBlock * hashBlockSize + (index % geometry.digestsPerBlock) * length);
    return digest;
  };
  const digestOf = (bytes: Uint8Array): Uint8Array => {
    const digest = Buffer.alloc(length);
    hashBlock(bytes, digest, 0);
    return digest;
  };
  const nameTreeBlock = ({ level, index, position }: TreeBlock): void => {
    faults.treeCount++;
    if (faults.tree.length < MOST_NAMED) faults.tree.push({ level, index, offset: start + position * hashBlockSize });
  };
  const nameData = ({ index, bytes }: TreeBlock): void => {
    const first = index * geometry.digestsPerBlock;
    const digests = Math.min(geometry.digestsPerBlock, identity.dataBlocks - first);
    for (let slot = 0; slot < digests; slot++) {
      const [from, to] = [slot * length, (slot + 1) * length];
      if (equalDigests(bytes.subarray(from, to), block.subarray(from, to))) continue;
      faults.dataCount++;
      if (faults.data.length < MOST_NAMED) faults.data.push(first + slot);
    }
  };

  return {
    compare(computed) {
      readExactly(fd, block, start + computed.position * hashBlockSize);
      if (equalDigests(computed.bytes, block)) return;
      const stated = statedDigest(computed.level, computed.index);
      const vouchedFor = equalDigests(digestOf(block), stated);
      if (!vouchedFor) nameTreeBlock(computed);
      // If the parent vouches for the computed block, the data below is right. Above the leaves, it has been named.
      const dataIsRight = equalDigests(digestOf(computed.bytes), stated);
      if (computed.level === 0 && !dataIsRight) nameData(computed);
    },
    faults: () => faults,
  };
}
