/** A field of a quote, which has a fixed size. Throws RangeError if the value does not have it. */
export function field(name: string, bytes: number, value: Uint8Array): Uint8Array {
  if (value.length !== bytes) throw new RangeError(`${name}: ${value.length} bytes instead of ${bytes}`);
  return value;
}

export function uint16(value: number): Uint8Array {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, value, true);
  return bytes;
}

export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
