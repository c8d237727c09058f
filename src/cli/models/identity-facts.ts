import { bytesToHex } from "@noble/hashes/utils.js";
import { formatIdentity, type VerityIdentity } from "../../models/verity/index.ts";
import { byteText } from "./byte-text.ts";
import type { Fact } from "./fact-table.ts";

/** An identity part by part, for people. */
export function identityFacts(identity: VerityIdentity): readonly Fact[] {
  const { hashType, algorithm, dataBlocks, dataBlockSize, hashBlockSize, salt, rootHash } = identity;
  return [
    ["root hash", bytesToHex(rootHash)],
    ["algorithm", algorithm],
    ["hash type", hashType],
    ["data", `${dataBlocks} blocks of ${dataBlockSize} bytes, ${byteText(dataBlocks * dataBlockSize)}`],
    ["hash blocks", `${hashBlockSize} bytes`],
    ["salt", salt.length === 0 ? "none" : bytesToHex(salt)],
    ["identity", formatIdentity(identity)],
  ];
}

/** The same for programs. */
export function identityMembers(identity: VerityIdentity): Readonly<Record<string, string | number>> {
  return {
    algorithm: identity.algorithm,
    digest: bytesToHex(identity.rootHash),
    hash_type: identity.hashType,
    data_block_size: identity.dataBlockSize,
    hash_block_size: identity.hashBlockSize,
    data_blocks: identity.dataBlocks,
    salt: bytesToHex(identity.salt),
    identity: formatIdentity(identity),
  };
}
