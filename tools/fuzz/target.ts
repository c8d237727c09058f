import { everyBit, mutations } from "./mutator.ts";

/** Something that takes attacker-controlled bytes. */
export interface FuzzTarget {
  readonly name: string;
  /** Whether it runs only when it is named: it takes its own number of inputs, and its time. */
  readonly exhaustive: boolean;
  inputs(count: number, seed: number): Iterable<Uint8Array>;
  /**
   * @returns whether the input was accepted
   * @throws whatever is a fault: any error but the refusals the target declares, or an acceptance that must not be
   */
  take(input: Uint8Array): boolean | Promise<boolean>;
}

/** Class of the errors with which a parser refuses. */
type Refusal = abstract new (...parameters: never[]) => Error;

/** Well-formed inputs, made when they are first needed: some of them cost keys. */
type Seeds = () => readonly Uint8Array[];

const fromSeeds = (seeds: Seeds): FuzzTarget["inputs"] => {
  return (count, seed) => mutations(seeds(), count, seed);
};

/** A parser of bytes. It may accept what it likes, and must refuse the rest with one of its own errors. */
export function parser(
  name: string,
  seeds: Seeds,
  parse: (input: Uint8Array) => unknown,
  ...refusals: readonly Refusal[]
): FuzzTarget {
  const take = (input: Uint8Array): boolean => {
    try {
      parse(input);
      return true;
    } catch (error) {
      if (refusals.some((refusal) => error instanceof refusal)) return false;
      throw error;
    }
  };
  return { name, exhaustive: false, inputs: fromSeeds(seeds), take };
}

/** A parser of text. The bytes are taken for UTF-8, and what is none is replaced. */
export function textParser(
  name: string,
  seeds: () => readonly string[],
  parse: (text: string) => unknown,
  ...refusals: readonly Refusal[]
): FuzzTarget {
  const encoder = new TextEncoder();
  const bytes = (): Uint8Array[] => seeds().map((text) => encoder.encode(text));
  return parser(name, bytes, (input) => parse(textOf(input)), ...refusals);
}

/** Text of mutated bytes. A byte order mark is kept: parsers see it, too. */
export function textOf(input: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(input);
}

/** What a verifier is to be fuzzed with. */
export interface VerifierParts {
  readonly seeds: Seeds;
  /** Never throws for what the input holds. */
  readonly verify: (input: Uint8Array) => Promise<boolean>;
  /** What the input says, in one form: inputs of equal meaning are the same evidence. Called for accepted ones only. */
  readonly meaning: (input: Uint8Array) => string;
}

/** A verifier: it must refuse everything that does not mean exactly what a well-formed input does. */
export function verifier(name: string, parts: VerifierParts): readonly FuzzTarget[] {
  const { seeds, verify, meaning } = parts;
  let known: ReadonlySet<string> | undefined;
  const take = async (input: Uint8Array): Promise<boolean> => {
    const accepted = await verify(input);
    known ??= new Set(seeds().map(meaning));
    if (accepted && !known.has(meaning(input))) throw new Error("evidence was accepted that nobody made");
    return accepted;
  };
  return [
    { name, exhaustive: false, inputs: fromSeeds(seeds), take },
    { name: `${name}-every-bit`, exhaustive: true, inputs: () => everyBit(seeds()), take },
  ];
}
