import { randomBytes } from "node:crypto";

/** A serial number: 16 random bytes with the top bit clear and the next one set, so positive and never shorter. */
export function randomSerial(): Uint8Array {
  const serial = new Uint8Array(randomBytes(16));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}
