import { readExactly, type StableFile } from "../hashing/index.ts";
import { hasSignature, parseSuperblock, SUPERBLOCK_BYTES, type Superblock } from "./superblock.ts";
import { hasTextHeader, parseTextHeader, TEXT_HEADER_BYTES, type TextHeader } from "./text-header.ts";
import { treeGeometry } from "./tree-geometry.ts";
import type { VerityParameters } from "./verity-parameters.ts";

/** A hash tree in a file, with what stands before it. */
export interface StoredTree {
  readonly file: StableFile;
  /** Where the superblock is, or would be: everything before belongs to something else. Bytes. */
  readonly offset: number;
  /** Undefined if the tree stands alone. */
  readonly superblock: Superblock | undefined;
  readonly header: TextHeader | undefined;
}

/** Where the tree itself begins: at the first whole hash block after the superblock. Bytes from the start of the file. */
export function treeOffset({ offset, superblock }: StoredTree, { hashBlockSize }: VerityParameters): number {
  return superblock === undefined ? offset : Math.ceil((offset + SUPERBLOCK_BYTES) / hashBlockSize) * hashBlockSize;
}

/**
 * The tree in a file of its own: after a superblock, after a text header and a superblock, or alone.
 *
 * @throws IntegrityError `malformed`
 */
export function separateTree(file: StableFile): StoredTree {
  const start = new Uint8Array(Math.min(file.size, TEXT_HEADER_BYTES));
  readExactly(file.fd, start, 0);
  if (hasTextHeader(start)) {
    return { ...treeAt(file, TEXT_HEADER_BYTES), header: parseTextHeader(start) };
  }
  if (!hasSignature(start)) return { file, offset: 0, superblock: undefined, header: undefined };
  return treeAt(file, 0);
}

/**
 * The tree behind the data in the same file, where the pinned parameters put it. Undefined if the file ends with the
 * data.
 *
 * @throws IntegrityError `malformed`
 */
export function appendedTree(
  file: StableFile,
  { dataBlocks, dataBlockSize }: VerityParameters,
): StoredTree | undefined {
  const dataBytes = dataBlocks * dataBlockSize;
  return file.size <= dataBytes ? undefined : treeAt(file, dataBytes);
}

/**
 * The tree behind the data, when nothing says how much is data: blocks of 4096 bytes, and sizes that come out exactly.
 * Undefined if there is none. What it states is the file's own claim.
 *
 * @throws IntegrityError `malformed`
 */
export function findAppendedTree(file: StableFile): StoredTree | undefined {
  for (const algorithm of ["sha256", "sha512"] as const) {
    const dataBlocks = blocksBefore(file.size, algorithm);
    if (dataBlocks === undefined) continue;
    const start = new Uint8Array(SUPERBLOCK_BYTES);
    readExactly(file.fd, start, dataBlocks * BLOCK);
    if (!hasSignature(start)) continue;
    const tree = treeAt(file, dataBlocks * BLOCK);
    const stated = tree.superblock?.parameters;
    const fits = stated?.dataBlocks === dataBlocks && stated.dataBlockSize === BLOCK && stated.hashBlockSize === BLOCK;
    if (fits && stated.algorithm === algorithm) return tree;
  }
  return undefined;
}

const BLOCK = 4096;

/** The number of data blocks with which data, one superblock and tree fill `size` exactly. */
function blocksBefore(size: number, algorithm: VerityParameters["algorithm"]): number | undefined {
  const total = size / BLOCK;
  let [least, most] = [1, Math.floor(total)];
  while (least <= most) {
    const dataBlocks = Math.floor((least + most) / 2);
    const shape = {
      hashType: 1,
      algorithm,
      dataBlockSize: BLOCK,
      hashBlockSize: BLOCK,
      dataBlocks,
      salt: NO_SALT,
    } as const;
    const filled = dataBlocks + 1 + treeGeometry(shape).blocks;
    if (filled === total) return dataBlocks;
    if (filled < total) least = dataBlocks + 1;
    else most = dataBlocks - 1;
  }
  return undefined;
}

const NO_SALT = new Uint8Array();

function treeAt(file: StableFile, offset: number): StoredTree {
  const bytes = new Uint8Array(Math.max(0, Math.min(SUPERBLOCK_BYTES, file.size - offset)));
  readExactly(file.fd, bytes, offset);
  return { file, offset, superblock: parseSuperblock(bytes), header: undefined };
}
