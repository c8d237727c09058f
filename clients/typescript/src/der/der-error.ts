/**
 * Bytes that are not the DER they should be. The message names the element and the offset, and never quotes the bytes;
 * verifiers turn it into a failed check.
 */
export class DerError extends Error {
  override readonly name = "DerError";
  /** Offset into the outermost input. Bytes. */
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`${what} at byte ${offset}`);
    this.offset = offset;
  }
}
