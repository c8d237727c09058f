import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { IntegrityError } from "../hashing/index.ts";
import { equalDigests } from "./equal-digests.ts";
import { digestBytes } from "./hash-algorithm.ts";
import { checkedParameters, type VerityParameters } from "./verity-parameters.ts";

/**
 * What a dm-verity volume is: root hash and shape together. The root alone does not commit to the shape (two hash
 * blocks of a tree, presented as data, verify under the same root), so nothing is pinned, published or signed but this.
 */
export interface VerityIdentity extends VerityParameters {
  readonly rootHash: Uint8Array;
}

const PREFIX = "verity";
/** Longest identity: 512 hex digits of salt and 128 of the root. Characters. */
export const LONGEST_IDENTITY = 1024;

/**
 * One line: `verity:<hash type>:<algorithm>:<data block size>:<hash block size>:<data blocks>:<root>:<salt>`, numbers in
 * decimal, bytes in lower-case hex, `-` for an empty salt. Equal identities have equal lines, so this is also the form
 * to hash or to sign.
 */
export function formatIdentity(identity: VerityIdentity): string {
  const { hashType, algorithm, dataBlockSize, hashBlockSize, dataBlocks, rootHash, salt } = identity;
  const saltText = salt.length === 0 ? "-" : bytesToHex(salt);
  return [PREFIX, hashType, algorithm, dataBlockSize, hashBlockSize, dataBlocks, bytesToHex(rootHash), saltText].join(
    ":",
  );
}

/**
 * Reads such a line. Hex digits may be upper case; everything else has one form.
 *
 * @param text attacker-controlled
 * @throws IntegrityError `malformed`
 */
export function parseIdentity(text: string): VerityIdentity {
  const parts = text.length > LONGEST_IDENTITY ? [] : text.split(":");
  const [prefix, hashType, algorithm = "", dataBlockSize, hashBlockSize, dataBlocks, root, salt] = parts;
  if (parts.length !== 8 || prefix !== PREFIX) {
    throw malformed(
      "an identity is verity:<hash type>:<algorithm>:<data block size>:<hash block size>:<data blocks>:<root>:<salt>",
    );
  }
  const parameters = checkedParameters({
    hashType: Number(decimal("hash type", hashType)),
    algorithm,
    dataBlockSize: Number(decimal("data block size", dataBlockSize)),
    hashBlockSize: Number(decimal("hash block size", hashBlockSize)),
    dataBlocks: decimal("number of data blocks", dataBlocks),
    salt: salt === "-" ? new Uint8Array() : hex("salt", salt),
  });
  const rootHash = hex("root hash", root);
  if (rootHash.length !== digestBytes(parameters.algorithm)) throw wrongLength(rootHash.length, parameters);
  return { ...parameters, rootHash };
}

/** A root hash as text alone, which must be as long as SHA-256's digests. Throws IntegrityError `malformed`. */
export function parseRootHash(text: string): Uint8Array {
  const rootHash = hex("root hash", text.slice(0, LONGEST_IDENTITY));
  if (rootHash.length !== 32) throw malformed(`a root hash alone is 64 hex digits; this has ${text.length}`);
  return rootHash;
}

/** What is different, one sentence each; empty if they are the same. */
export function differences(found: VerityParameters, pinned: VerityParameters): string[] {
  const named: [string, number | string, number | string][] = [
    ["data blocks", found.dataBlocks, pinned.dataBlocks],
    ["bytes per data block", found.dataBlockSize, pinned.dataBlockSize],
    ["bytes per hash block", found.hashBlockSize, pinned.hashBlockSize],
    ["hash algorithm", found.algorithm, pinned.algorithm],
    ["hash type", found.hashType, pinned.hashType],
  ];
  const sentences = named.flatMap(([name, one, other]) =>
    one === other ? [] : [`${name}: ${one}, pinned is ${other}`],
  );
  return equalDigests(found.salt, pinned.salt) ? sentences : [...sentences, "salt: another than the pinned one"];
}

function decimal(name: string, text = ""): bigint {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) throw malformed(`the ${name} of an identity is a decimal number`);
  return BigInt(text);
}

function hex(name: string, text = ""): Uint8Array {
  if (!/^([0-9a-fA-F]{2})+$/.test(text)) throw malformed(`the ${name} is not an even number of hex digits`);
  return hexToBytes(text);
}

function wrongLength(bytes: number, { algorithm }: VerityParameters): IntegrityError {
  return malformed(`the root hash has ${2 * bytes} hex digits; with ${algorithm} it has ${2 * digestBytes(algorithm)}`);
}

function malformed(message: string): IntegrityError {
  return new IntegrityError("malformed", message);
}
