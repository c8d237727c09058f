import { DerError } from "./der-error.ts";
import { parseDerTime } from "./der-time.ts";
import { TAG } from "./tag.ts";

/** One element: its identifier octet, its content, and the whole of it. Both are views of the input. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Header and content: the exact bytes, for hashing and comparing. */
  readonly encoded: Uint8Array;
  /** Where `encoded` starts in the outermost input. Bytes. */
  readonly offset: number;
  /** Where `content` starts in the outermost input. Bytes. */
  readonly contentOffset: number;
}

/** Longest object identifier that is read. Bytes; those of certificates are below 20. */
const MAX_OID_BYTES = 64;
/** Most bytes of one arc: 2^63 and above belongs to UUID arcs (X.667), which take 19. */
const MAX_ARC_BYTES = 19;

/**
 * Reads DER (X.690) strictly, front to back, without copying: minimal lengths and integers only, single-byte tags, no
 * indefinite lengths, nothing left over. All input is attacker-controlled; every length is checked against what is
 * left before it is used, and depth is bounded by the code that reads, which never recurses on the input's word.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  #position = 0;

  /**
   * @param bytes what to read, all of it
   * @param base offset of `bytes` in the outermost input, for error messages
   */
  constructor(bytes: Uint8Array, base = 0) {
    this.#bytes = bytes;
    this.#base = base;
  }

  /** Offset in the outermost input of what comes next. */
  get offset(): number {
    return this.#base + this.#position;
  }

  /** Whether everything has been read. */
  get done(): boolean {
    return this.#position === this.#bytes.length;
  }

  /** The identifier octet of the next element; undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#position];
  }

  /** @throws DerError if anything is left */
  end(what: string): void {
    if (!this.done) throw new DerError(`${what}: bytes after the last element`, this.offset);
  }

  /** The next element, of whatever type. */
  element(what: string): DerElement {
    const bytes = this.#bytes;
    const start = this.#position;
    const tag = bytes[start];
    const first = bytes[start + 1];
    if (tag === undefined || first === undefined) throw new DerError(`${what}: input ends`, this.#base + bytes.length);
    if ((tag & 0x1f) === 0x1f) throw new DerError(`${what}: tag of several bytes`, this.offset);
    let contentStart = start + 2;
    let length = first;
    if (first >= 0x80) {
      const count = first & 0x7f;
      if (count === 0) throw new DerError(`${what}: indefinite length`, this.offset);
      if (count > 4) throw new DerError(`${what}: length of more than four bytes`, this.offset);
      length = 0;
      for (let index = 0; index < count; index++) {
        const byte = bytes[contentStart + index];
        if (byte === undefined) throw new DerError(`${what}: input ends`, this.#base + bytes.length);
        if (index === 0 && byte === 0) throw new DerError(`${what}: length is not minimal`, this.offset);
        length = length * 256 + byte;
      }
      if (length < 0x80) throw new DerError(`${what}: length is not minimal`, this.offset);
      contentStart += count;
    }
    const end = contentStart + length;
    if (end > bytes.length) throw new DerError(`${what}: length is beyond the end of the input`, this.offset);
    this.#position = end;
    return {
      tag,
      content: bytes.subarray(contentStart, end),
      encoded: bytes.subarray(start, end),
      offset: this.#base + start,
      contentOffset: this.#base + contentStart,
    };
  }

  /** The next element, which must have this identifier octet. */
  expect(tag: number, what: string): DerElement {
    const { offset } = this;
    const element = this.element(what);
    if (element.tag !== tag) throw new DerError(`${what}: another type than expected`, offset);
    return element;
  }

  /** The next element if it has this identifier octet; else undefined, and nothing is consumed. */
  optional(tag: number, what: string): DerElement | undefined {
    return this.nextTag === tag ? this.element(what) : undefined;
  }

  /** A reader of a constructed element's content. */
  constructed(tag: number, what: string): DerReader {
    return readerOf(this.expect(tag, what));
  }

  sequence(what: string): DerReader {
    return this.constructed(TAG.sequence, what);
  }

  set(what: string): DerReader {
    return this.constructed(TAG.set, what);
  }

  octetString(what: string): Uint8Array {
    return this.expect(TAG.octetString, what).content;
  }

  /** A BIT STRING of whole bytes. */
  bitString(what: string): Uint8Array {
    const element = this.expect(TAG.bitString, what);
    if (element.content[0] !== 0) throw new DerError(`${what}: not a whole number of bytes`, element.offset);
    return element.content.subarray(1);
  }

  boolean(what: string): boolean {
    const element = this.expect(TAG.boolean, what);
    const [byte] = element.content;
    if (element.content.length !== 1 || (byte !== 0 && byte !== 0xff)) {
      throw new DerError(`${what}: not a DER boolean`, element.offset);
    }
    return byte === 0xff;
  }

  /** Content of a minimal INTEGER, two's complement, big-endian. At least one byte. */
  integerBytes(what: string, tag: number = TAG.integer): Uint8Array {
    const { content, offset } = this.expect(tag, what);
    const [first, second] = content;
    if (first === undefined) throw new DerError(`${what}: empty integer`, offset);
    if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
      throw new DerError(`${what}: integer is not minimal`, offset);
    }
    return content;
  }

  /** A non-negative INTEGER (or ENUMERATED) of at most six bytes. */
  smallInteger(what: string, tag: number = TAG.integer): number {
    const { offset } = this;
    const content = this.integerBytes(what, tag);
    if (content.length > 6 || (content[0] ?? 0) >= 0x80) throw new DerError(`${what}: integer out of range`, offset);
    return content.reduce((value, byte) => value * 256 + byte, 0);
  }

  /** Dotted decimal, for example `1.2.840.10045.4.3.2`. */
  oid(what: string): string {
    const { content, offset } = this.expect(TAG.oid, what);
    return oidText(content, what, offset);
  }

  /** UTCTime or GeneralizedTime as Unix seconds. */
  time(what: string): number {
    const element = this.element(what);
    if (element.tag !== TAG.utcTime && element.tag !== TAG.generalizedTime) {
      throw new DerError(`${what}: not a time`, element.offset);
    }
    return parseDerTime(element.tag, element.content, element.offset);
  }
}

/** A reader of an element's content. */
export function readerOf(element: DerElement): DerReader {
  return new DerReader(element.content, element.contentOffset);
}

/** Reads input that is one element and nothing else. */
export function readSingle(bytes: Uint8Array, tag: number, what: string): DerReader {
  const reader = new DerReader(bytes);
  const inner = reader.constructed(tag, what);
  reader.end(what);
  return inner;
}

function oidText(content: Uint8Array, what: string, offset: number): string {
  const last = content.at(-1);
  if (last === undefined || content.length > MAX_OID_BYTES || last >= 0x80) {
    throw new DerError(`${what}: not an object identifier`, offset);
  }
  let text = "";
  let value = 0;
  let count = 0;
  for (const [index, byte] of content.entries()) {
    if ((count === 0 && byte === 0x80) || ++count > MAX_ARC_BYTES) {
      throw new DerError(`${what}: not an object identifier`, offset);
    }
    value = value * 0x80 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    // Seven bytes hold 49 bits; what is longer is exact only as a big integer.
    const arc = count <= 7 ? value : bigArc(content.subarray(index + 1 - count, index + 1));
    text = text === "" ? firstArcs(arc) : `${text}.${arc}`;
    value = 0;
    count = 0;
  }
  return text;
}

function bigArc(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 7n) | BigInt(byte & 0x7f), 0n);
}

/** X.690, 8.19.4: the first two arcs share one number. */
function firstArcs(value: number | bigint): string {
  if (value < 40) return `0.${value}`;
  if (value < 80) return `1.${BigInt(value) - 40n}`;
  return `2.${BigInt(value) - 80n}`;
}
