/**
 * Whether two byte strings are equal, in time that depends on their length only and not on where they differ.
 * Strings of different length are unequal; lengths are not secret here.
 */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= (left[index] ?? 0) ^ (right[index] ?? 0x100);
  return difference === 0;
}
