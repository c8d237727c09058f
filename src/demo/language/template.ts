import { oneOf, type Phrase, sequence } from "./phrase.ts";

/**
 * Reads the notation the corpus is written in: `{small|modest}` is a choice (it may nest), `{topic}` is a slot, anything
 * else is literal. Throws a SyntaxError on unbalanced braces: the corpus is ours, so that is a programming mistake.
 */
export function prose(text: string): Phrase {
  const [phrase, end] = readSequence(text, 0, 0);
  if (end !== text.length) throw new SyntaxError(`Unbalanced "}" in a corpus sentence: ${text}`);
  return phrase;
}

/** Reads a list of sentences. */
export function proseList(texts: readonly string[]): readonly Phrase[] {
  return texts.map(prose);
}

function readSequence(text: string, start: number, depth: number): [Phrase, number] {
  const parts: Phrase[] = [];
  let literal = "";
  let position = start;
  while (position < text.length) {
    const character = text.charAt(position);
    if (character === "}" || (character === "|" && depth > 0)) break;
    if (character === "{") {
      if (literal !== "") parts.push(literal);
      literal = "";
      const [inner, end] = readBraces(text, position + 1, depth + 1);
      parts.push(inner);
      position = end;
      continue;
    }
    literal += character;
    position += 1;
  }
  if (literal !== "" || parts.length === 0) parts.push(literal);
  const [only] = parts;
  return [parts.length === 1 && only !== undefined ? only : sequence(...parts), position];
}

function readBraces(text: string, start: number, depth: number): [Phrase, number] {
  const options: Phrase[] = [];
  let position = start;
  for (;;) {
    const [option, end] = readSequence(text, position, depth);
    options.push(option);
    if (end >= text.length) throw new SyntaxError(`Unbalanced "{" in a corpus sentence: ${text}`);
    position = end + 1;
    if (text.charAt(end) === "}") break;
  }
  const [only] = options;
  if (options.length === 1 && typeof only === "string") return [{ kind: "slot", name: only }, position];
  return [oneOf(options), position];
}
