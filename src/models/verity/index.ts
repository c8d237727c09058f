export { HASH_ALGORITHMS, isHashAlgorithm } from "./hash-algorithm.ts";
export { type HashTreeOptions, hashTree } from "./hash-tree.ts";
export { findAppendedTree, type StoredTree } from "./stored-tree.ts";
export { parseSuperblock, SUPERBLOCK_BYTES, type Superblock, writeSuperblock } from "./superblock.ts";
export { parseTextHeader, TEXT_HEADER_BYTES, type TextHeader } from "./text-header.ts";
export { type BadTreeBlock, type BlockFaults, MOST_NAMED } from "./tree-comparison.ts";
export { type TreeGeometry, treeGeometry } from "./tree-geometry.ts";
export { type ImageRequest, type ImageVerification, verifyImage } from "./verify-image.ts";
export {
  differences,
  formatIdentity,
  LONGEST_IDENTITY,
  parseIdentity,
  parseRootHash,
  type VerityIdentity,
} from "./verity-identity.ts";
export { checkedParameters, type StatedParameters, type VerityParameters } from "./verity-parameters.ts";
export { type TreeOutput, writeTree } from "./write-tree.ts";
