import { type Kind, type Parsed, refuse } from "../kind.ts";
import { readList } from "./list.ts";

const mostWords = 64;
const longestWord = 4096;

/** Words of a command line. No shell reads them, so in a variable there are no quotes: spaces separate. */
export const wordList: Kind<readonly string[]> = {
  noun: "words",
  accepts: `1 to ${mostWords} words, separated by spaces in a variable or flag, as a list in the file`,
  secret: false,
  quotable: true,
  fromText(text) {
    const words = text.split(/\s+/).filter((word) => word !== "");
    return words.length === 0 ? refuse("holds no word") : readWords(words);
  },
  fromYaml: (value) => (Array.isArray(value) ? readWords(value) : refuse("is not a list")),
  show: (words) => (words.length === 0 ? "none" : words.join(" ")),
  schema: {
    type: "array",
    minItems: 1,
    maxItems: mostWords,
    items: { type: "string", minLength: 1, maxLength: longestWord, pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]+$" },
  },
};

function readWords(items: readonly unknown[]): Parsed<readonly string[]> {
  return readList(items, mostWords, (word) => {
    if (word === "") return { reason: "is empty" };
    if (word.length > longestWord) return { reason: `is longer than ${longestWord} characters` };
    if (/\p{Cc}/u.test(word)) return { reason: "holds a control character" };
    return { item: word };
  });
}
