import { CheckFailure } from "../verdict/index.ts";

/**
 * A value of the CBOR (RFC 8949) that RA-TLS evidence needs: unsigned integers, byte and text strings, arrays, maps with
 * text keys, and tags.
 */
export type CborValue =
  | number
  | string
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<string, CborValue>
  | CborTagged;

/** A value under a tag. */
export interface CborTagged {
  readonly tag: number;
  readonly value: CborValue;
}

/** Deepest nesting: evidence has a tag, an array, and strings. */
const MAX_DEPTH = 6;
/** Most values of one input. */
const MAX_VALUES = 256;

const MAJOR = { unsigned: 0, bytes: 2, text: 3, array: 4, map: 5, tag: 6 } as const;

/**
 * Reads CBOR that is one value and nothing else. Strict: definite lengths in their shortest form, no key twice, no type
 * outside {@link CborValue}. The order of keys is free, since writers in use do not sort them.
 *
 * @param bytes attacker-controlled; every length is compared with what is left before it is used
 * @throws CheckFailure
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  let count = 0;

  function take(length: number): number {
    const start = position;
    if (length > bytes.length - start) throw malformed("it ends inside a value");
    position = start + length;
    return start;
  }

  /** The argument of an initial byte (RFC 8949, 3), in its shortest form. */
  function argument(information: number): number {
    if (information < 24) return information;
    if (information > 27) throw malformed("a length is indefinite or reserved");
    const size = 2 ** (information - 24);
    const start = take(size);
    const value =
      size === 1
        ? view.getUint8(start)
        : size === 2
          ? view.getUint16(start)
          : size === 4
            ? view.getUint32(start)
            : Number(view.getBigUint64(start));
    const least = size === 1 ? 24 : 2 ** (4 * size);
    if (value < least) throw malformed("a number is not in its shortest form");
    if (!Number.isSafeInteger(value)) throw malformed("a number is out of range");
    return value;
  }

  function text(length: number): string {
    const start = take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(start, start + length));
    } catch {
      throw malformed("a text is not UTF-8");
    }
  }

  function map(size: number, depth: number): ReadonlyMap<string, CborValue> {
    const entries = new Map<string, CborValue>();
    for (let index = 0; index < size; index++) {
      const key = value(depth);
      if (typeof key !== "string") throw malformed("a key is not text");
      if (entries.has(key)) throw malformed("a key is there twice");
      entries.set(key, value(depth));
    }
    return entries;
  }

  function value(depth: number): CborValue {
    if (depth > MAX_DEPTH || ++count > MAX_VALUES) throw malformed("it is too deep or has too many values");
    const initial = view.getUint8(take(1));
    const number = argument(initial & 0x1f);
    switch (initial >> 5) {
      case MAJOR.unsigned:
        return number;
      case MAJOR.bytes: {
        const start = take(number);
        return bytes.subarray(start, start + number);
      }
      case MAJOR.text:
        return text(number);
      case MAJOR.array: {
        const items: CborValue[] = [];
        for (let index = 0; index < number; index++) items.push(value(depth + 1));
        return items;
      }
      case MAJOR.map:
        return map(number, depth + 1);
      case MAJOR.tag:
        return { tag: number, value: value(depth + 1) };
      default:
        throw malformed("it holds a type that evidence does not use");
    }
  }

  const only = value(0);
  if (position !== bytes.length) throw malformed("bytes after the value");
  return only;
}

/** Serialises a value: lengths in their shortest form, keys in the order of the map. */
export function encodeCbor(value: CborValue): Uint8Array {
  if (typeof value === "number") return head(MAJOR.unsigned, value);
  if (typeof value === "string") {
    const text = new TextEncoder().encode(value);
    return join([head(MAJOR.text, text.length), text]);
  }
  if (value instanceof Uint8Array) return join([head(MAJOR.bytes, value.length), value]);
  if (isArray(value)) return join([head(MAJOR.array, value.length), ...value.map(encodeCbor)]);
  if (value instanceof Map) {
    const entries = [...value].flatMap(([key, item]: [string, CborValue]) => [encodeCbor(key), encodeCbor(item)]);
    return join([head(MAJOR.map, value.size), ...entries]);
  }
  const { tag, value: inner } = value as CborTagged;
  return join([head(MAJOR.tag, tag), encodeCbor(inner)]);
}

/** `Array.isArray` does not narrow readonly arrays. */
function isArray(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value);
}

function head(major: number, argument: number): Uint8Array {
  const initial = major << 5;
  if (argument < 24) return Uint8Array.of(initial | argument);
  const exponent = argument < 2 ** 8 ? 0 : argument < 2 ** 16 ? 1 : argument < 2 ** 32 ? 2 : 3;
  const big = new Uint8Array(8);
  new DataView(big.buffer).setBigUint64(0, BigInt(argument));
  return Uint8Array.of(initial | (24 + exponent), ...big.subarray(8 - 2 ** exponent));
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function malformed(what: string): CheckFailure {
  return CheckFailure.malformed(`the evidence is not well-formed CBOR: ${what}`);
}
