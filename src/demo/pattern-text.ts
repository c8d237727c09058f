import type { Random } from "./random.ts";
import { SchemaError } from "./schema-error.ts";

/** Patterns are attacker-controlled: they are never run as regular expressions, and these bound what they may ask for. */
const MAX_PATTERN = 512;
const MAX_DEPTH = 16;
const MAX_TEXT = 4096;
const OPEN_REPEATS = 4;
const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const WORD = `${LETTERS}${LETTERS.toUpperCase()}${DIGITS}_`;
const ESCAPES: Readonly<Record<string, string>> = {
  d: DIGITS,
  w: WORD,
  s: " ",
  D: LETTERS,
  W: "-",
  S: LETTERS,
  n: "\n",
  t: "\t",
  r: "\r",
};

/**
 * Writes a text that a regular expression matches: literals, classes, groups, alternation, quantifiers and outer anchors.
 * Throws a SchemaError for anything else (look-around, back-references, Unicode properties).
 */
export function writePattern(pattern: string, random: Random): string {
  if (pattern.length > MAX_PATTERN) throw new SchemaError(`has a pattern longer than ${MAX_PATTERN} characters`);
  let at = 0;

  function alternatives(depth: number): () => string {
    if (depth > MAX_DEPTH) throw new SchemaError("has a pattern that nests too deeply");
    const options = [series(depth)];
    while (pattern[at] === "|") {
      at += 1;
      options.push(series(depth));
    }
    return () => random.pick(options)();
  }

  function series(depth: number): () => string {
    const parts: (() => string)[] = [];
    while (at < pattern.length && pattern[at] !== "|" && pattern[at] !== ")") {
      const character = pattern[at];
      if (character === "^" || character === "$") at += 1;
      else parts.push(repeated(atom(depth)));
    }
    return () => {
      let text = "";
      for (const part of parts) text += part();
      if (text.length > MAX_TEXT) throw new SchemaError("has a pattern that asks for too long a text");
      return text;
    };
  }

  function atom(depth: number): () => string {
    const character = pattern.charAt(at);
    at += 1;
    if (character === "(") return group(depth);
    if (character === "[") return oneFrom(characterClass());
    if (character === ".") return oneFrom(LETTERS);
    if (character === "\\") return oneFrom(escaped());
    if ("*+?".includes(character)) throw unsupported("a quantifier with nothing before it");
    return () => character;
  }

  function group(depth: number): () => string {
    const opening = /^\?(?::|<[A-Za-z]\w*>)/.exec(pattern.slice(at))?.[0];
    if (opening === undefined && pattern[at] === "?") throw unsupported("look-around");
    at += opening?.length ?? 0;
    const inner = alternatives(depth + 1);
    if (pattern[at] !== ")") throw unsupported("an unclosed group");
    at += 1;
    return inner;
  }

  function escaped(): string {
    const character = pattern.charAt(at);
    at += 1;
    if (/[1-9bBpPkuxc]/.test(character) || character === "") throw unsupported("this kind of escape");
    return ESCAPES[character] ?? character;
  }

  function classMember(): string {
    const character = pattern.charAt(at);
    at += 1;
    return character === "\\" ? escaped() : character;
  }

  function characterClass(): string {
    const negated = pattern[at] === "^";
    if (negated) at += 1;
    let members = "";
    while (at < pattern.length && pattern[at] !== "]") {
      const first = classMember();
      if (pattern[at] === "-" && pattern[at + 1] !== "]" && first.length === 1 && at + 1 < pattern.length) {
        at += 1;
        const last = classMember();
        for (let code = first.charCodeAt(0); code <= last.charCodeAt(0) && members.length < 256; code += 1)
          members += String.fromCharCode(code);
      } else members += first;
    }
    if (pattern[at] !== "]") throw unsupported("an unclosed class");
    at += 1;
    return negated
      ? Array.from(`${WORD} -.,`)
          .filter((character) => !members.includes(character))
          .join("")
      : members;
  }

  function repeated(inner: () => string): () => string {
    const found = /^(?:[*+?]|\{(\d{1,4})(,(\d{0,4}))?\})\??/.exec(pattern.slice(at));
    if (found === null) return inner;
    at += found[0].length;
    const sign = found[0].charAt(0);
    const low = found[1] !== undefined ? Number(found[1]) : sign === "+" ? 1 : 0;
    const open = found[1] !== undefined ? found[2] !== undefined && found[3] === "" : sign !== "?";
    const high = open
      ? low + OPEN_REPEATS
      : found[1] === undefined
        ? 1
        : found[3] !== undefined
          ? Number(found[3])
          : low;
    return () => {
      const times = low + random.below(Math.max(high - low, 0) + 1);
      let text = "";
      for (let count = 0; count < times && text.length <= MAX_TEXT; count += 1) text += inner();
      return text;
    };
  }

  function oneFrom(characters: string): () => string {
    if (characters === "") throw unsupported("an empty class");
    return () => characters.charAt(random.below(characters.length));
  }

  const whole = alternatives(0);
  if (at !== pattern.length) throw unsupported("an unmatched parenthesis");
  return whole();
}

function unsupported(what: string): SchemaError {
  return new SchemaError(`has a pattern with ${what}, which the demo engine does not support`);
}
