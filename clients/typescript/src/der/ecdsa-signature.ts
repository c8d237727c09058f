import { DerError } from "./der-error.ts";
import { readSingle } from "./der-reader.ts";
import { TAG } from "./tag.ts";

/**
 * Turns `Ecdsa-Sig-Value` (RFC 3279, 2.2.3) into r ‖ s. Strict: minimal positive integers that fit the curve. Whether
 * they are below the group order is for the verification to say.
 *
 * @param coordinateBytes length of r and of s in the result
 * @throws DerError
 */
export function ecdsaSignatureFromDer(der: Uint8Array, coordinateBytes: number): Uint8Array {
  const reader = readSingle(der, TAG.sequence, "ECDSA signature");
  const signature = new Uint8Array(2 * coordinateBytes);
  for (const [index, name] of ["r", "s"].entries()) {
    const { offset } = reader;
    const content = reader.integerBytes(name);
    const magnitude = content[0] === 0 ? content.subarray(1) : content;
    if ((content[0] ?? 0) >= 0x80 || magnitude.length === 0 || magnitude.length > coordinateBytes) {
      throw new DerError(`${name} is not a positive integer of the curve's size`, offset);
    }
    signature.set(magnitude, (index + 1) * coordinateBytes - magnitude.length);
  }
  reader.end("ECDSA signature");
  return signature;
}
