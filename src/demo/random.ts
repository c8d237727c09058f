import { createHash } from "node:crypto";

/** A reproducible source of numbers: the same parts give the same sequence. Not for secrets. */
export interface Random {
  /** The next number in [0, 1). */
  next(): number;
  /** The next integer in [0, bound). */
  below(bound: number): number;
  /** One of the items, each equally likely. Throws a RangeError when there are none. */
  pick<T>(items: readonly T[]): T;
}

/** The first 32 bits of SHA-256 over the parts, each ended by a zero byte. */
export function digestWord(...parts: readonly string[]): number {
  return digest(parts).readUInt32LE(0);
}

/** Seeds a generator (sfc32) with SHA-256 over the parts. */
export function createRandom(...parts: readonly string[]): Random {
  const seed = digest(parts);
  let a = seed.readUInt32LE(0);
  let b = seed.readUInt32LE(4);
  let c = seed.readUInt32LE(8);
  let counter = 1;

  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  }
  function below(bound: number): number {
    return Math.floor(next() * bound);
  }
  function pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("There is nothing to pick from.");
    return items[below(items.length)] as T;
  }
  return { next, below, pick };
}

/** Mixes two 32-bit words into one (the finaliser of MurmurHash3). */
export function mixWords(left: number, right: number): number {
  let word = Math.imul(left ^ (right + 0x9e3779b9), 0x85ebca6b);
  word ^= word >>> 13;
  word = Math.imul(word, 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

function digest(parts: readonly string[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest();
}
