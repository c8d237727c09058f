/**
 * A strict reader of one JSON object (RFC 8259) on bytes. It checks the whole grammar and reports the top-level members
 * a caller asks for, without building values and without changing a byte: bodies are forwarded exactly as they came.
 *
 * The input is attacker-controlled. Depth is bounded by MAX_DEPTH; time and memory are linear in the length; UTF-8 is
 * checked by the caller with `isUtf8` first. Asked-for members that occur twice are reported as duplicates, because
 * parsers disagree about which one counts.
 */

/** Deepest nesting accepted, the outer object included. */
export const MAX_DEPTH = 128;

/** Where a top-level member's value stands in the body. */
export interface MemberSpan {
  /** Offset of the value's first byte. */
  readonly start: number;
  /** Offset behind the value's last byte. */
  readonly end: number;
}

/** Why a body was not accepted. */
export type ScanFault = "not_object" | "syntax" | "depth" | "duplicate";

/** What was found: the spans of the wanted members, or the fault with its byte offset. */
export type ScanResult =
  | { readonly ok: true; readonly members: ReadonlyMap<string, MemberSpan> }
  | { readonly ok: false; readonly fault: ScanFault; readonly offset: number; readonly member?: string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** Position behind white space (RFC 8259 section 2). */
function skipSpace(body: Uint8Array, from: number): number {
  let at = from;
  while (at < body.length) {
    const byte = body[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at++;
  }
  return at;
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** 1 for the bytes a string cannot simply hold: its end, escapes and control characters (RFC 8259 section 7). */
const SPECIAL = new Uint8Array(256).fill(1, 0, 0x20);
SPECIAL[QUOTE] = 1;
SPECIAL[BACKSLASH] = 1;

/** Position behind the escape sequence at `at` (its backslash), or -1 - offset of the fault. */
function scanEscape(body: Uint8Array, at: number): number {
  const escaped = body[at + 1];
  if (escaped === 0x75) {
    for (let digit = 2; digit < 6; digit++) if (!isHex(body[at + digit])) return -1 - at;
    return at + 6;
  }
  const isKnown =
    escaped === QUOTE ||
    escaped === BACKSLASH ||
    escaped === 0x2f || // /
    escaped === 0x62 || // b
    escaped === 0x66 || // f
    escaped === 0x6e || // n
    escaped === 0x72 || // r
    escaped === 0x74; // t
  return isKnown ? at + 2 : -1 - at;
}

/** Position behind the string that starts at `from` (its opening quote), or -1 - offset of the fault. */
function scanString(body: Uint8Array, from: number): number {
  const end = body.length;
  let at = from + 1;
  for (;;) {
    // Most bytes of most bodies are looked at here and nowhere else.
    while (at < end && SPECIAL[body[at] as number] === 0) at++;
    if (at === end) return -1 - at;
    const byte = body[at];
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) return -1 - at;
    at = scanEscape(body, at);
    if (at < 0) return at;
  }
}

/** Position behind the number that starts at `from` (RFC 8259 section 6), or -1 - offset of the fault. */
function scanNumber(body: Uint8Array, from: number): number {
  let at = from;
  if (body[at] === 0x2d) at++;
  if (body[at] === 0x30) at++;
  else if (isDigit(body[at])) while (isDigit(body[at])) at++;
  else return -1 - at;
  if (body[at] === 0x2e) {
    at++;
    if (!isDigit(body[at])) return -1 - at;
    while (isDigit(body[at])) at++;
  }
  if (((body[at] ?? 0) | 0x20) === 0x65) {
    at++;
    if (body[at] === 0x2b || body[at] === 0x2d) at++;
    if (!isDigit(body[at])) return -1 - at;
    while (isDigit(body[at])) at++;
  }
  return at;
}

const LITERALS = ["true", "false", "null"].map((text) => Buffer.from(text));

function scanLiteral(body: Uint8Array, from: number): number {
  for (const literal of LITERALS) {
    let length = 0;
    while (length < literal.length && body[from + length] === literal[length]) length++;
    if (length === literal.length) return from + length;
  }
  return -1 - from;
}

function scanScalar(body: Uint8Array, from: number): number {
  const byte = body[from];
  if (byte === QUOTE) return scanString(body, from);
  if (byte === 0x2d || isDigit(byte)) return scanNumber(body, from);
  return scanLiteral(body, from);
}

/** Scans `body`, which must be valid UTF-8, for the members named in `wanted`. */
export function scanObject(body: Uint8Array, wanted: readonly string[]): ScanResult {
  const members = new Map<string, MemberSpan>();
  const fault = (kind: ScanFault, offset: number, member?: string): ScanResult =>
    member === undefined ? { ok: false, fault: kind, offset } : { ok: false, fault: kind, offset, member };

  let at = skipSpace(body, 0);
  if (body[at] !== OPEN_BRACE) {
    // Tell "valid JSON, but not an object" from "not JSON" only as far as it helps: a scalar or an array start.
    const plausible = body[at] === OPEN_BRACKET || (at < body.length && scanScalar(body, at) > 0);
    return fault(plausible ? "not_object" : "syntax", at);
  }
  // One bit per open container: 1 for an object. The stack is bounded by MAX_DEPTH.
  const isObject = new Uint8Array(MAX_DEPTH);
  let depth = 1;
  isObject[0] = 1;
  at++;
  let first = true;
  let member: string | undefined;
  let valueStart = 0;

  while (depth > 0) {
    at = skipSpace(body, at);
    const inObject = isObject[depth - 1] === 1;
    const close = inObject ? CLOSE_BRACE : CLOSE_BRACKET;
    if (body[at] === close) {
      at++;
      depth--;
      first = false;
      if (depth === 1 && member !== undefined) {
        members.set(member, { start: valueStart, end: at });
        member = undefined;
      }
      continue;
    }
    if (!first) {
      if (body[at] !== COMMA) return fault("syntax", at);
      at = skipSpace(body, at + 1);
    }
    first = false;
    if (inObject) {
      if (body[at] !== QUOTE) return fault("syntax", at);
      const keyEnd = scanString(body, at);
      if (keyEnd < 0) return fault("syntax", -1 - keyEnd);
      if (depth === 1) {
        const name = JSON.parse(Buffer.from(body.buffer, body.byteOffset + at, keyEnd - at).toString()) as string;
        if (wanted.includes(name)) {
          if (members.has(name)) return fault("duplicate", at, name);
          member = name;
        } else {
          member = undefined;
        }
      }
      at = skipSpace(body, keyEnd);
      if (body[at] !== COLON) return fault("syntax", at);
      at = skipSpace(body, at + 1);
    }
    if (depth === 1) valueStart = at;
    const byte = body[at];
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === MAX_DEPTH) return fault("depth", at);
      isObject[depth] = byte === OPEN_BRACE ? 1 : 0;
      depth++;
      at++;
      first = true;
      continue;
    }
    const end = scanScalar(body, at);
    if (end < 0) return fault("syntax", -1 - end);
    at = end;
    if (depth === 1 && member !== undefined) {
      members.set(member, { start: valueStart, end: at });
      member = undefined;
    }
  }
  at = skipSpace(body, at);
  return at === body.length ? { ok: true, members } : fault("syntax", at);
}
