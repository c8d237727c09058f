/** Hash algorithms of trees. Others that dm-verity knows are either broken (SHA-1) or used by nobody we could test with. */
export type HashAlgorithm = "sha256" | "sha512";

const DIGEST_BYTES: Readonly<Record<HashAlgorithm, number>> = { sha256: 32, sha512: 64 };

export function isHashAlgorithm(name: string): name is HashAlgorithm {
  return Object.hasOwn(DIGEST_BYTES, name);
}

/** Length of its digests. Bytes. Also the length of a slot in a hash block, since both are powers of two. */
export function digestBytes(algorithm: HashAlgorithm): number {
  return DIGEST_BYTES[algorithm];
}

export const HASH_ALGORITHMS: readonly string[] = Object.keys(DIGEST_BYTES);
