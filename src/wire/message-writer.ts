/** Wire types of protobuf that are used here. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

const INITIAL_BYTES = 4096;
/** A buffer that grew beyond this is given back at the next reset. Bytes. */
const KEPT_BYTES = 1 << 20;

/**
 * Writes protobuf messages into one reused buffer, for the few messages on the hot path; everything else uses the
 * generated code. Field numbers are below 16, so each tag is one byte. Zero values are written only if asked for.
 */
export class MessageWriter {
  readonly #headroom: number;
  #buffer: Buffer;
  #length: number;

  /** `headroom` bytes are left free in front of the message, for the owner's use. */
  constructor(headroom: number) {
    this.#headroom = headroom;
    this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.#length = headroom;
  }

  /** True while nothing has been written. */
  get empty(): boolean {
    return this.#length === this.#headroom;
  }

  /** Headroom and message. A view: valid until the next reset or write. */
  get view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  reset(): void {
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.#length = this.#headroom;
  }

  /** An unsigned integer up to 2^53 - 1. */
  uint(field: number, value: number): void {
    this.#reserve(11);
    this.#byte((field << 3) | VARINT);
    this.#varint(value);
  }

  string(field: number, text: string): void {
    // UTF-8 takes at most three bytes per UTF-16 unit.
    this.#reserve(11 + 3 * text.length);
    this.#byte((field << 3) | LENGTH_DELIMITED);
    if (text.length <= 42) {
      const written = this.#buffer.write(text, this.#length + 1, "utf8");
      this.#byte(written);
      this.#length += written;
    } else {
      this.#varint(Buffer.byteLength(text));
      this.#length += this.#buffer.write(text, this.#length, "utf8");
    }
  }

  bytes(field: number, value: Uint8Array): void {
    this.#reserve(11 + value.length);
    this.#byte((field << 3) | LENGTH_DELIMITED);
    this.#varint(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** Begins a nested message; pass the result to `end`. */
  begin(field: number): number {
    this.#reserve(2);
    this.#byte((field << 3) | LENGTH_DELIMITED);
    this.#length++; // room for a length below 128
    return this.#length;
  }

  /** Ends a nested message. A longer one is moved to make room for its length. */
  end(start: number): void {
    const size = this.#length - start;
    if (size < 0x80) {
      this.#buffer[start - 1] = size;
      return;
    }
    let more = 0;
    for (let rest = size; rest >= 0x80; rest = Math.floor(rest / 0x80)) more++;
    this.#reserve(more);
    this.#buffer.copyWithin(start + more, start, this.#length);
    this.#length = start - 1;
    this.#varint(size);
    this.#length = start + more + size;
  }

  #byte(value: number): void {
    this.#buffer[this.#length++] = value;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#byte(rest);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.#length + bytes));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
