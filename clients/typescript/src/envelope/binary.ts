import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** u32 of the normative text, big-endian. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** u64 of the normative text, big-endian. */
export function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

/** LV of the normative text: the length as u32, then the bytes. */
export function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(u32(bytes.length), bytes);
}

/** A label that separates one use from another: ASCII and a zero byte. */
export function label(text: string): Uint8Array {
  return Uint8Array.of(...utf8ToBytes(text), 0x00);
}
