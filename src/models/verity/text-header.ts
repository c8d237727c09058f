import { hexToBytes } from "@noble/hashes/utils.js";
import { IntegrityError } from "../hashing/index.ts";
import { equalDigests } from "./equal-digests.ts";
import type { VerityIdentity } from "./verity-identity.ts";

/**
 * The text that stands before the superblock on verity disks of Privasys: a first line that names it, then `KEY=value`
 * lines, padded with NUL to 4096 bytes. Nobody signs it; it may only repeat what is pinned.
 */
export interface TextHeader {
  /** What it states beside what is pinned, one sentence each; empty if it agrees. */
  contradictions(identity: VerityIdentity): string[];
}

export const TEXT_HEADER_BYTES = 4096;

const FIRST_LINE = "PRIVASYS-VERITY-V1";

/** Both spellings that are in use. */
const KEYS: ReadonlyMap<string, keyof VerityIdentity> = new Map([
  ["ROOTHASH", "rootHash"],
  ["HASH_ALG", "algorithm"],
  ["ALGORITHM", "algorithm"],
  ["DATA_BLOCK_SIZE", "dataBlockSize"],
  ["HASH_BLOCK_SIZE", "hashBlockSize"],
  ["DATA_BLOCKS", "dataBlocks"],
  ["SALT", "salt"],
]);

/** Whether a device begins with such a header. */
export function hasTextHeader(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, FIRST_LINE.length)) === FIRST_LINE;
}

/**
 * @param bytes 4096 bytes, attacker-controlled
 * @throws IntegrityError `malformed`
 */
export function parseTextHeader(bytes: Uint8Array): TextHeader {
  const end = bytes.indexOf(0);
  if (end === -1 || bytes.subarray(end).some((byte) => byte !== 0)) throw malformed("does not end in NUL bytes");
  const [first, ...lines] = new TextDecoder("latin1").decode(bytes.subarray(0, end)).trimEnd().split("\n");
  if (first !== FIRST_LINE) throw malformed(`does not begin with the line ${FIRST_LINE}`);
  const stated = new Map<keyof VerityIdentity, string>();
  for (const line of lines) {
    const equals = line.indexOf("=");
    const member = KEYS.get(line.slice(0, Math.max(equals, 0)));
    if (member === undefined) throw malformed("has a line that is none of its known keys");
    if (stated.has(member)) throw malformed(`states the ${member} twice`);
    stated.set(member, line.slice(equals + 1));
  }
  if (!stated.has("rootHash")) throw malformed("states no root hash");
  return {
    contradictions: (identity) =>
      [...stated].flatMap(([member, text]) =>
        agrees(text, identity[member]) ? [] : [`the header before the superblock states another ${member}`],
      ),
  };
}

function agrees(text: string, pinned: VerityIdentity[keyof VerityIdentity]): boolean {
  if (!(pinned instanceof Uint8Array)) return text === String(pinned);
  return /^([0-9a-fA-F]{2})*$/.test(text) && equalDigests(hexToBytes(text), pinned);
}

function malformed(what: string): IntegrityError {
  return new IntegrityError("malformed", `the header before the superblock ${what}`);
}
