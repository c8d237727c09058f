import { CheckFailure } from "../verdict/index.ts";

/**
 * Reads a report's little-endian fields front to back, without copying. All input is attacker-controlled: every length
 * is held against what is left before it is used.
 */
export class ReportReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether everything has been read. */
  get done(): boolean {
    return this.#position === this.#bytes.length;
  }

  /** @throws CheckFailure if anything is left */
  end(what: string): void {
    if (!this.done) throw CheckFailure.malformed(`${what}: bytes after its end`);
  }

  /** The next bytes, as a view of the input. */
  take(length: number, what: string): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw CheckFailure.malformed(`${what}: the report ends before it does`);
    const view = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return view;
  }

  /** @param length at most 4 bytes */
  integer(length: number, what: string): number {
    return littleEndian(this.take(length, what));
  }

  /** A number that can have one value only. */
  exactly(value: number, length: number, what: string): void {
    if (this.integer(length, what) !== value) throw CheckFailure.malformed(`${what}: not ${value}`);
  }
}

/** @param bytes at most six */
export function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
