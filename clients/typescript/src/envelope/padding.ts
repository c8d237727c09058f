/** Smallest plaintext of a request, and of an error's details. Bytes. */
export const SMALLEST_REQUEST = 1024;
/** Smallest plaintext of a chunk: any usual token's message fits. Bytes. */
export const SMALLEST_CHUNK = 256;

/** Sizes double up to here and are multiples of it from here on. Bytes. */
const LARGEST_DOUBLING = 1 << 20;

/** The smallest size of the documented ones that holds so many bytes. */
export function paddedLength(length: number, smallest: number): number {
  if (length > LARGEST_DOUBLING) return Math.ceil(length / LARGEST_DOUBLING) * LARGEST_DOUBLING;
  let size = smallest;
  while (size < length) size *= 2;
  return size;
}

/** A plaintext: `head` ‖ LV(content) ‖ zero bytes up to the next size. */
export function pad(head: Uint8Array, content: Uint8Array, smallest: number): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(paddedLength(head.length + 4 + content.length, smallest));
  padded.set(head);
  new DataView(padded.buffer).setUint32(head.length, content.length);
  padded.set(content, head.length + 4);
  return padded;
}

/**
 * The content of an opened plaintext, behind `headLength` bytes; a view of it. Undefined if it is not what {@link pad}
 * makes: another size, a length beyond the end, or padding that is not zero could carry what nobody looks at.
 */
export function unpad(plaintext: Uint8Array, headLength: number, smallest: number): Uint8Array | undefined {
  const start = headLength + 4;
  if (plaintext.length < start) return undefined;
  const length = new DataView(plaintext.buffer, plaintext.byteOffset).getUint32(headLength);
  const end = start + length;
  if (end > plaintext.length || paddedLength(end, smallest) !== plaintext.length) return undefined;
  let rest = 0;
  for (let at = end; at < plaintext.length; at++) rest |= plaintext[at] ?? 0;
  return rest === 0 ? plaintext.subarray(start, end) : undefined;
}
