/** A length or size that a quote states about itself. */
export interface LengthField {
  readonly name: string;
  /** Where it stands. Bytes from the start of the quote. */
  readonly offset: number;
  readonly bytes: 2 | 4;
}

/** Every length field of a well-formed quote of the simulated platform (Intel TDX DCAP, quote format 4 and 5). */
export function lengthFields(quote: Uint8Array): readonly LengthField[] {
  const view = new DataView(quote.buffer, quote.byteOffset, quote.byteLength);
  const version5 = view.getUint16(0, true) === 5;
  const length = version5 ? 54 + view.getUint32(50, true) : 632;
  const signatureData = length + 4;
  const authLength = signatureData + 582;
  const innerSize = authLength + 2 + view.getUint16(authLength, true) + 2;
  return [
    ...(version5 ? [{ name: "body size", offset: 50, bytes: 4 } as const] : []),
    { name: "signature data length", offset: length, bytes: 4 },
    { name: "certification data size", offset: signatureData + 130, bytes: 4 },
    { name: "QE authentication data length", offset: authLength, bytes: 2 },
    { name: "inner certification data size", offset: innerSize, bytes: 4 },
  ];
}

/** The wrong values to try in one field: one more, one less, none, and the largest. */
export function wrongLengths(quote: Uint8Array, { offset, bytes }: LengthField): readonly Uint8Array[] {
  const view = new DataView(quote.buffer, quote.byteOffset, quote.byteLength);
  const value = bytes === 2 ? view.getUint16(offset, true) : view.getUint32(offset, true);
  const most = 256 ** bytes - 1;
  return [value + 1, value - 1, 0, most].map((wrong) => {
    const copy = quote.slice();
    const target = new DataView(copy.buffer);
    if (bytes === 2) target.setUint16(offset, wrong, true);
    else target.setUint32(offset, wrong, true);
    return copy;
  });
}
