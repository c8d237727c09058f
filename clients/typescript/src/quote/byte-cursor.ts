import { CheckFailure } from "../verdict/index.ts";

/**
 * Reads fixed little-endian structures front to back, without copying. All input is attacker-controlled: every length
 * is checked against what is left before it is used.
 */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #base: number;
  #position = 0;

  /** @param base offset of `bytes` in the outermost input, for error messages */
  constructor(bytes: Uint8Array, base = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#base = base;
  }

  /** Offset in the outermost input of what comes next. */
  get offset(): number {
    return this.#base + this.#position;
  }

  /** Bytes that have not been read. */
  get left(): number {
    return this.#bytes.length - this.#position;
  }

  /** @throws CheckFailure malformed, if fewer bytes are left */
  take(length: number, what: string): Uint8Array {
    const start = this.#advance(length, what);
    return this.#bytes.subarray(start, start + length);
  }

  uint16(what: string): number {
    return this.#view.getUint16(this.#advance(2, what), true);
  }

  uint32(what: string): number {
    return this.#view.getUint32(this.#advance(4, what), true);
  }

  #advance(length: number, what: string): number {
    if (length > this.left) {
      throw CheckFailure.malformed(`${what} at byte ${this.offset}: ${length} bytes are needed, ${this.left} are left`);
    }
    const start = this.#position;
    this.#position += length;
    return start;
  }
}
