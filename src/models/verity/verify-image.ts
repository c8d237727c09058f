import { IntegrityError, type StableFile } from "../hashing/index.ts";
import { equalDigests } from "./equal-digests.ts";
import { digestBytes } from "./hash-algorithm.ts";
import { hashTree } from "./hash-tree.ts";
import { appendedTree, findAppendedTree, type StoredTree, separateTree, treeOffset } from "./stored-tree.ts";
import { type BlockFaults, treeComparison } from "./tree-comparison.ts";
import { treeGeometry } from "./tree-geometry.ts";
import { differences, type VerityIdentity } from "./verity-identity.ts";
import type { VerityParameters } from "./verity-parameters.ts";

export interface ImageRequest {
  readonly image: StableFile;
  /** The tree, if it has a file of its own. Without one, a tree behind the data is used, if there is one. */
  readonly tree?: StableFile | undefined;
  readonly rootHash: Uint8Array;
  /**
   * The shape that is pinned with the root. Undefined takes the superblock's word for it: then the root proves that
   * somebody's volume has this tree somewhere in it, and not that this is that volume.
   */
  readonly parameters: VerityParameters | undefined;
  /** Bytes of data hashed so far, and of all data. */
  readonly onProgress?: ((bytes: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the verification of an image found. */
export interface ImageVerification {
  /** Whether every byte is what was pinned. */
  readonly accepted: boolean;
  /** Why it is not accepted, one sentence each. */
  readonly causes: readonly string[];
  /** What was demanded, and, of the shape, what was believed. */
  readonly expected: VerityIdentity;
  /** The root that the data has in this shape. Undefined if the shape was refused before anything was read. */
  readonly computedRoot: Uint8Array | undefined;
  /** Blocks that differ. Undefined if there was no tree to compare with. */
  readonly faults: BlockFaults | undefined;
}

/**
 * Hashes every block of an image and compares shape, root and stored tree with what is pinned.
 *
 * @throws IntegrityError if something cannot be read or changes under way
 */
export async function verifyImage(request: ImageRequest): Promise<ImageVerification> {
  const { image, tree, rootHash, onProgress, signal } = request;
  const stored = storedTree(request);
  const expected = { ...shapeOf(request, stored), rootHash };
  const refused = { accepted: false, expected, computedRoot: undefined, faults: undefined };
  const causes = [...contradictions(expected, stored), ...wrongSizes(image, stored, expected)];
  if (causes.length > 0) return { ...refused, causes };

  const comparison = stored === undefined ? undefined : treeComparison(stored, expected);
  const computedRoot = await hashTree(image, expected, {
    ...(comparison === undefined ? {} : { onBlock: comparison.compare }),
    onProgress,
    signal,
  });
  tree?.confirmUnchanged();
  const faults = comparison?.faults();
  if (!equalDigests(computedRoot, rootHash)) causes.push("the data has another root hash than the pinned one");
  if (faults !== undefined && faults.treeCount > 0)
    causes.push("the stored tree is damaged: reading through it would fail");
  return { accepted: causes.length === 0, causes, expected, computedRoot, faults };
}

function storedTree({ image, tree, parameters }: ImageRequest): StoredTree | undefined {
  if (tree !== undefined) return separateTree(tree);
  return parameters === undefined ? findAppendedTree(image) : appendedTree(image, parameters);
}

function shapeOf({ rootHash, parameters }: ImageRequest, stored: StoredTree | undefined): VerityParameters {
  const shape = parameters ?? stored?.superblock?.parameters;
  if (shape === undefined) {
    throw new IntegrityError("malformed", "there is no superblock to take the shape from; give the whole identity");
  }
  if (digestBytes(shape.algorithm) !== rootHash.length) {
    throw new IntegrityError("malformed", `the root hash is none of ${shape.algorithm}, which the superblock names`);
  }
  return shape;
}

/** The superblock and the header are what the kernel would go by, so they have to say what is pinned. */
function contradictions(expected: VerityIdentity, stored: StoredTree | undefined): string[] {
  const superblock = stored?.superblock;
  return [
    ...(superblock === undefined ? [] : differences(superblock.parameters, expected)),
    ...(stored?.header?.contradictions(expected) ?? []),
  ];
}

/** Bytes that no tree covers, and bytes that are missing. */
function wrongSizes(image: StableFile, stored: StoredTree | undefined, expected: VerityIdentity): string[] {
  const data = expected.dataBlocks * expected.dataBlockSize;
  const ends: [string, StableFile, number][] = [];
  if (stored?.file !== image) ends.push(["image", image, data]);
  if (stored !== undefined) {
    ends.push([
      stored.file === image ? "image with its tree" : "tree",
      stored.file,
      treeOffset(stored, expected) + treeGeometry(expected).bytes,
    ]);
  }
  return ends.flatMap(([name, { size }, end]) => {
    return size === end ? [] : [`size of the ${name}: ${size} bytes, pinned are ${end}`];
  });
}
