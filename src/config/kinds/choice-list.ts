import { type Kind, type Parsed, refuse } from "../kind.ts";
import { readList, splitList } from "./list.ts";

/** Several of a few words. */
export function choiceList<T extends string>(words: readonly T[]): Kind<readonly T[]> {
  const known = new Map<string, T>(words.map((word) => [word, word]));
  function read(items: readonly unknown[]): Parsed<readonly T[]> {
    return readList(items, words.length, (item) => {
      const word = known.get(item);
      return word === undefined ? { reason: "is none of the choices" } : { item: word };
    });
  }
  return {
    noun: "words",
    accepts: `some of ${words.join(", ")}, separated by commas`,
    secret: false,
    quotable: true,
    fromText: (text) => read(splitList(text)),
    fromYaml: (value) => (Array.isArray(value) ? read(value) : refuse("is not a list")),
    show: (items) => items.join(","),
    schema: { type: "array", minItems: 1, maxItems: words.length, items: { enum: words } },
  };
}
