/** Whether the bits that count are as expected: (value & mask) = expected, over the full length. */
export function equalUnderMask(value: Uint8Array, mask: Uint8Array, expected: Uint8Array): boolean {
  return (
    value.length === expected.length &&
    mask.length === expected.length &&
    expected.every((byte, index) => ((value[index] ?? 0) & (mask[index] ?? 0)) === byte)
  );
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
