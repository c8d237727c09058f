import { IntegrityError } from "../hashing/index.ts";
import { HASH_ALGORITHMS, type HashAlgorithm, isHashAlgorithm } from "./hash-algorithm.ts";

/** Everything but the data that a root hash depends on. */
export interface VerityParameters {
  /** 1: the salt is hashed before each block. 0, the form of Chrome OS: after it. */
  readonly hashType: 0 | 1;
  readonly algorithm: HashAlgorithm;
  /** Bytes, a power of two from 512 to 512 KiB. */
  readonly dataBlockSize: number;
  /** Bytes, a power of two from 512 to 512 KiB. */
  readonly hashBlockSize: number;
  /** At least 1; all of them together are shorter than 2^53 bytes. */
  readonly dataBlocks: number;
  /** At most 256 bytes; may be empty. */
  readonly salt: Uint8Array;
}

/** Parameters before they are checked, as a superblock, a flag or a file states them. */
export interface StatedParameters {
  readonly hashType: number;
  readonly algorithm: string;
  readonly dataBlockSize: number;
  readonly hashBlockSize: number;
  readonly dataBlocks: bigint;
  readonly salt: Uint8Array;
}

const SMALLEST_BLOCK = 512;
const LARGEST_BLOCK = 512 * 1024;
const LONGEST_SALT = 256;

/**
 * Parameters that trees can be made with. Whoever states them is not trusted.
 *
 * @throws IntegrityError `malformed`
 */
export function checkedParameters(stated: StatedParameters): VerityParameters {
  const { hashType, algorithm, dataBlockSize, hashBlockSize, dataBlocks, salt } = stated;
  if (hashType !== 0 && hashType !== 1) throw malformed(`the hash type is ${hashType}; known are 0 and 1`);
  if (!isHashAlgorithm(algorithm)) throw malformed(`the hash algorithm is none of ${HASH_ALGORITHMS.join(", ")}`);
  checkBlockSize("data", dataBlockSize);
  checkBlockSize("hash", hashBlockSize);
  if (dataBlocks < 1n) throw malformed("there are no data blocks");
  if (dataBlocks * BigInt(dataBlockSize) > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw malformed("the data blocks would be more than 2^53 bytes");
  }
  if (salt.length > LONGEST_SALT) throw malformed(`the salt has ${salt.length} bytes; at most 256 are possible`);
  return { hashType, algorithm, dataBlockSize, hashBlockSize, dataBlocks: Number(dataBlocks), salt };
}

function checkBlockSize(kind: "data" | "hash", size: number): void {
  const powerOfTwo =
    Number.isInteger(size) && size >= SMALLEST_BLOCK && size <= LARGEST_BLOCK && Number.isInteger(Math.log2(size));
  if (!powerOfTwo) throw malformed(`the ${kind} block size is ${size}; it must be a power of two from 512 to 524288`);
}

function malformed(message: string): IntegrityError {
  return new IntegrityError("malformed", message);
}
