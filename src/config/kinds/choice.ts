import { accept, type Kind, type Parsed, refuse } from "../kind.ts";

/** One of a few words, in any case. `aliases` are read and never shown. */
export function choice<T extends string>(words: readonly T[], aliases: Readonly<Record<string, T>> = {}): Kind<T> {
  const known = new Map<string, T>([...words.map((word) => [word, word] as const), ...Object.entries(aliases)]);
  function read(value: unknown): Parsed<T> {
    const word = typeof value === "string" ? known.get(value.toLowerCase()) : undefined;
    return word === undefined ? refuse("is none of the choices") : accept(word);
  }
  return {
    noun: words.join("|"),
    accepts: `one of ${words.join(", ")}`,
    secret: false,
    quotable: true,
    fromText: read,
    fromYaml: read,
    show: String,
    schema: { enum: words },
  };
}
