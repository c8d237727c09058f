import { hash } from "node:crypto";
import type { VerityParameters } from "./verity-parameters.ts";

/** Writes the digest of `block` with the salt to `target` at `offset`. */
export type BlockHasher = (block: Uint8Array, target: Buffer, offset: number) => void;

/**
 * Hashes blocks of one size. Salt and block are put side by side and hashed in one call, because on blocks of 4 KiB the
 * cost of a hash object is as large as half the hashing; the digest comes as text for the same reason.
 */
export function blockHasher(parameters: VerityParameters, blockSize: number): BlockHasher {
  const { algorithm, hashType, salt } = parameters;
  const message = new Uint8Array(salt.length + blockSize);
  const blockOffset = hashType === 1 ? salt.length : 0;
  message.set(salt, hashType === 1 ? 0 : blockSize);
  return (block, target, offset) => {
    message.set(block, blockOffset);
    target.write(hash(algorithm, message, "binary"), offset, "binary");
  };
}
