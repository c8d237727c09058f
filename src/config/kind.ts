/** Why a value was refused. The reason reads after the value ("… is not a duration") and never contains it. */
export interface Fault {
  readonly code: "invalid_value" | "out_of_range";
  readonly reason: string;
}

/** The outcome of reading one value. `reset` takes the setting back to its default, past weaker sources. */
export type Parsed<T> = { readonly value: T } | { readonly fault: Fault } | { readonly reset: true };

/** The part of JSON Schema (draft 2020-12) that describes one value in the configuration file. */
export type ValueSchema = { readonly [keyword: string]: unknown };

/** A kind of value: its grammar as text and in YAML, its bounds, and how it is shown. */
export interface Kind<T> {
  /** One word for help and documentation. */
  readonly noun: string;
  /** What is accepted, as a phrase: "a whole number from 1 to 64". */
  readonly accepts: string;
  /** Never shown, never taken from the command line, and readable from a file of its own. */
  readonly secret: boolean;
  /** Whether a refused value may be repeated in an error. False where it may hold a credential. */
  readonly quotable: boolean;
  /** Reads a variable's or flag's text. */
  fromText(text: string): Parsed<T>;
  /** Reads a scalar, or a list of scalars, from YAML. Anything deeper arrives as the symbol `nested`. */
  fromYaml(value: unknown): Parsed<T>;
  /** The value for people, in the grammar `fromText` reads; a secret's outline only. */
  show(value: T): string;
  /** The value's schema in the configuration file. */
  readonly schema: ValueSchema;
}

/** Stands for a mapping or list where a scalar was expected. */
export const nested: unique symbol = Symbol("nested");

/** A value that was read. */
export function accept<T>(value: T): Parsed<T> {
  return { value };
}

/** A value the kind cannot take. */
export function refuse(reason: string): { readonly fault: Fault } {
  return { fault: { code: "invalid_value", reason } };
}

/** A value within the grammar and beyond the bounds. */
export function outOfRange(reason: string): { readonly fault: Fault } {
  return { fault: { code: "out_of_range", reason } };
}

/** Applies inclusive bounds. */
export function within(value: number, min: number, max: number): Parsed<number> {
  if (value < min) return outOfRange("is below the minimum");
  if (value > max) return outOfRange("is above the maximum");
  return accept(value);
}
