import { CheckFailure } from "../verdict/index.ts";

/** Deepest nesting that is read; collateral has seven levels. */
const MAX_DEPTH = 16;

/**
 * Parses JSON that has one reading only: a member that occurs twice is refused, because parsers differ in which of the
 * two counts, and depth is bounded.
 *
 * @param text attacker-controlled; bounded in length by the caller
 * @throws CheckFailure malformed
 */
export function parseStrictJson(text: string, what: string): unknown {
  const written = countWritten(text, what);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The exception of the parser quotes the text.
    throw CheckFailure.malformed(`${what} is not JSON`);
  }
  if (countMembers(value) !== written) throw CheckFailure.malformed(`${what} has a member that occurs twice`);
  return value;
}

/** Members as the text writes them: every colon outside a string is one. Bounds the depth on the way. */
function countWritten(text: string, what: string): number {
  let members = 0;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === QUOTATION) index = endOfString(text, index);
    else if (character === COLON) members += 1;
    else if (character === BRACE_OPEN || character === BRACKET_OPEN) depth += 1;
    else if (character === BRACE_CLOSE || character === BRACKET_CLOSE) depth -= 1;
    if (depth > MAX_DEPTH) throw CheckFailure.malformed(`${what} is nested deeper than ${MAX_DEPTH} levels`);
  }
  return members;
}

/** Where the string that starts at `start` ends; the end of the text if it does not. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, position: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(position - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

/** Members a parsed value has kept; of two with one name, the parser keeps one. */
function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const children = Object.values(value);
  const own = Array.isArray(value) ? 0 : children.length;
  return children.reduce((count: number, child) => count + countMembers(child), own);
}

const QUOTATION = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
