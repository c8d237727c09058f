import { timingSafeEqual } from "node:crypto";

/** Whether two digests, salts or blocks are the same, in a time that says nothing about where they differ. */
export function equalDigests(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
