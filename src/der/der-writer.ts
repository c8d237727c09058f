/** Writes DER (X.690). Everything here encodes values of our own; nothing parses. */

/** Identifier octet, length and the concatenated contents. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  return new Uint8Array(Buffer.concat([Uint8Array.of(tag), lengthOctets(length), ...contents]));
}

export function sequence(...items: readonly Uint8Array[]): Uint8Array {
  return element(0x30, ...items);
}

/** One item: DER would have to sort several (X.690, 11.6). */
export function setOfOne(item: Uint8Array): Uint8Array {
  return element(0x31, item);
}

/** `[number] EXPLICIT`, or a constructed IMPLICIT element. */
export function context(number: number, ...contents: readonly Uint8Array[]): Uint8Array {
  return element(0xa0 | number, ...contents);
}

/** `[number] IMPLICIT` of a primitive type. */
export function contextPrimitive(number: number, content: Uint8Array): Uint8Array {
  return element(0x80 | number, content);
}

/** A non-negative INTEGER: minimal, with a leading zero where the high bit is set. */
export function integer(value: number | bigint | Uint8Array): Uint8Array {
  return element(0x02, integerContent(value));
}

export function enumerated(value: number): Uint8Array {
  return element(0x0a, integerContent(value));
}

export function boolean(value: boolean): Uint8Array {
  return element(0x01, Uint8Array.of(value ? 0xff : 0x00));
}

export function octetString(content: Uint8Array): Uint8Array {
  return element(0x04, content);
}

/** @param unusedBits of the last byte */
export function bitString(content: Uint8Array, unusedBits = 0): Uint8Array {
  return element(0x03, Uint8Array.of(unusedBits), content);
}

export function utf8String(text: string): Uint8Array {
  return element(0x0c, Buffer.from(text, "utf8"));
}

export function printableString(text: string): Uint8Array {
  return element(0x13, Buffer.from(text, "latin1"));
}

export function ia5String(text: string): Uint8Array {
  return element(0x16, Buffer.from(text, "latin1"));
}

/**
 * UTCTime before 2050, GeneralizedTime from then on (RFC 5280, 4.1.2.5).
 *
 * @param unixSeconds whole seconds
 */
export function time(unixSeconds: number): Uint8Array {
  const text = `${new Date(unixSeconds * 1000).toISOString().replace(/[-:T]|\.\d{3}/g, "")}`;
  const year = Number(text.slice(0, 4));
  return year < 2050 ? element(0x17, Buffer.from(text.slice(2), "latin1")) : element(0x18, Buffer.from(text, "latin1"));
}

/** @param dotted for example `1.2.840.10045.4.3.2` */
export function oid(dotted: string): Uint8Array {
  const [first = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  return element(0x06, Uint8Array.from([40n * first + second, ...rest].flatMap(base128)));
}

function base128(arc: bigint): number[] {
  const bytes = [Number(arc & 0x7fn)];
  for (let left = arc >> 7n; left > 0n; left >>= 7n) bytes.unshift(Number(left & 0x7fn) | 0x80);
  return bytes;
}

function integerContent(value: number | bigint | Uint8Array): Uint8Array {
  const bytes = value instanceof Uint8Array ? value : bigEndian(BigInt(value));
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const minimal = bytes.subarray(start);
  return (minimal[0] ?? 0) >= 0x80 ? Uint8Array.of(0, ...minimal) : minimal;
}

function bigEndian(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes = bigEndian(BigInt(length));
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}
