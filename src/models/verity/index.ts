export { type HashTreeOptions, hashTree } from "./hash-tree.ts";
export { findAppendedTree, type StoredTree } from "./stored-tree.ts";
export { parseSuperblock, type Superblock, writeSuperblock } from "./superblock.ts";
export { parseTextHeader, type TextHeader } from "./text-header.ts";
export { type BadTreeBlock, type BlockFaults, MOST_NAMED } from "./tree-comparison.ts";
export { type TreeGeometry, treeGeometry } from "./tree-geometry.ts";
export { type ImageRequest, type ImageVerification, verifyImage } from "./verify-image.ts";
export {
  formatIdentity,
  LONGEST_IDENTITY,
  parseIdentity,
  parseRootHash,
  type VerityIdentity,
} from "./verity-identity.ts";
export { checkedParameters, type StatedParameters, type VerityParameters } from "./verity-parameters.ts";
export { type TreeOutput, writeTree } from "./write-tree.ts";
