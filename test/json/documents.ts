import type { SeededRandom } from "../support/seeded-random.ts";

const NAMES = [
  "model",
  "stream",
  "id",
  "usage",
  "a",
  "",
  "mod\\u0065l",
  "é✓",
  "messages",
  "__proto__",
  "\\n",
  "model ",
];
const SCALARS = [
  "0",
  "-0",
  "1.50",
  "1e-7",
  "2E+9",
  "18446744073709551616",
  "true",
  "false",
  "null",
  '""',
  '"text"',
  '"é✓😀"',
  '"\\ud83d\\ude00\\"\\\\/"',
  '"\\ud800"',
  '"{[\\"model\\":1]}"',
];
const SPACES = ["", "", "", " ", "\n", "\r\n\t "];
const FRAGMENTS = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "\\u",
  "0",
  "-",
  ".",
  "e",
  "+",
  "true",
  "nul",
  " ",
  "\t",
  "\0",
  "\u001f",
  "\u007f",
  "\ufeff",
  '"model":1,',
  ',"id":[]',
  "é",
  "'",
  "/",
];

/** A valid JSON text, usually an object, with white space in odd places. */
export function randomDocument(random: SeededRandom): string {
  const space = (): string => random.pick(SPACES);
  const value = (depth: number): string => {
    const kind = random.below(depth > 4 ? 2 : 5);
    if (kind < 2) return random.pick(SCALARS);
    const count = random.below(4);
    if (kind === 2) return `[${space()}${list(count, () => space() + value(depth + 1) + space())}]`;
    return object(depth, count);
  };
  const list = (count: number, make: () => string): string => Array.from({ length: count }, make).join(",");
  const object = (depth: number, count: number): string =>
    `{${space()}${list(count, () => `${space()}"${random.pick(NAMES)}"${space()}:${space()}${value(depth + 1)}${space()}`)}}`;
  const text = random.once(12) ? value(0) : object(0, random.below(6));
  return space() + text + space();
}

/** One small change that usually breaks the text, and sometimes does not. */
export function withMutation(text: string, random: SeededRandom): string {
  return mutated(text, random).toWellFormed();
}

function mutated(text: string, random: SeededRandom): string {
  const at = random.below(text.length + 1);
  const until = Math.min(text.length, at + 1 + random.below(3));
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at) + text.slice(until);
    case 1:
      return text.slice(0, at) + random.pick(FRAGMENTS) + text.slice(at);
    case 2:
      return text.slice(0, at) + random.pick(FRAGMENTS) + text.slice(until);
    case 3:
      return text.slice(0, at) + text.slice(at, until) + text.slice(at);
    default:
      return text.slice(0, at);
  }
}
