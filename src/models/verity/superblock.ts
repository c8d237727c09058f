import { IntegrityError } from "../hashing/index.ts";
import { checkedParameters, type VerityParameters } from "./verity-parameters.ts";

/**
 * The superblock of dm-verity, version 1, as cryptsetup writes it. The root hash does not cover it: whoever can write to
 * the device chooses it, so it is compared with what is pinned and never believed.
 */
export interface Superblock {
  readonly parameters: VerityParameters;
  /** 16 bytes in the order of its text. A label: two images may differ in nothing else. */
  readonly uuid: Uint8Array;
}

export const SUPERBLOCK_BYTES = 512;

const SIGNATURE = Uint8Array.of(0x76, 0x65, 0x72, 0x69, 0x74, 0x79, 0, 0);
const VERSION = 1;
const ALGORITHM = { offset: 32, length: 32 };
const SALT = { offset: 88, length: 256 };

/** Whether these bytes say that they begin a superblock. */
export function hasSignature(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/**
 * @param bytes 512 bytes, attacker-controlled
 * @throws IntegrityError `malformed`
 */
export function parseSuperblock(bytes: Uint8Array): Superblock {
  if (bytes.length !== SUPERBLOCK_BYTES || !hasSignature(bytes)) throw malformed("there is no verity superblock here");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw malformed(`the superblock has version ${version}; known is 1`);
  const saltLength = view.getUint16(80, true);
  if (saltLength > SALT.length)
    throw malformed(`the superblock states a salt of ${saltLength} bytes; it has room for 256`);
  const parameters = checkedParameters({
    hashType: view.getUint32(12, true),
    algorithm: paddedText(bytes.subarray(ALGORITHM.offset, ALGORITHM.offset + ALGORITHM.length)),
    dataBlockSize: view.getUint32(64, true),
    hashBlockSize: view.getUint32(68, true),
    dataBlocks: view.getBigUint64(72, true),
    salt: new Uint8Array(bytes.subarray(SALT.offset, SALT.offset + saltLength)),
  });
  const spare = [bytes.subarray(82, SALT.offset), bytes.subarray(SALT.offset + saltLength)];
  if (spare.some((part) => part.some((byte) => byte !== 0))) {
    throw malformed("the superblock has bytes other than zero where nothing belongs");
  }
  return { parameters, uuid: new Uint8Array(bytes.subarray(16, 32)) };
}

/** 512 bytes, the same that `veritysetup format` writes. */
export function writeSuperblock({ parameters, uuid }: Superblock): Uint8Array {
  const bytes = new Uint8Array(SUPERBLOCK_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(SIGNATURE);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, parameters.hashType, true);
  bytes.set(uuid, 16);
  bytes.set(new TextEncoder().encode(parameters.algorithm), ALGORITHM.offset);
  view.setUint32(64, parameters.dataBlockSize, true);
  view.setUint32(68, parameters.hashBlockSize, true);
  view.setBigUint64(72, BigInt(parameters.dataBlocks), true);
  view.setUint16(80, parameters.salt.length, true);
  bytes.set(parameters.salt, SALT.offset);
  return bytes;
}

function paddedText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  if (end === -1 || bytes.subarray(end).some((byte) => byte !== 0)) {
    throw malformed("the name of the hash algorithm does not end in zeros");
  }
  return new TextDecoder("latin1").decode(bytes.subarray(0, end));
}

function malformed(message: string): IntegrityError {
  return new IntegrityError("malformed", message);
}
