import type { Engine } from "./engine.ts";
import { DemoError } from "./errors.ts";
import { type Fields, missing, wrongType } from "./fields.ts";

/** One text to work on, with its tokens when the caller sent tokens. */
export interface TextInput {
  readonly text: string;
  readonly tokens: readonly number[] | undefined;
}

const MAX_INPUTS = 2048;

/** Reads a field that is a string, an array of strings, an array of token ids or an array of such arrays. */
export function readTextInputs(engine: Engine, body: Fields, key: string): TextInput[] {
  const value = body[key] ?? undefined;
  if (value === undefined) throw missing(key);
  if (typeof value === "string") return [{ text: value, tokens: undefined }];
  if (!Array.isArray(value)) throw wrongType(key, "a string, an array of strings or arrays of token ids", value);
  if (value.length === 0) throw DemoError.badRequest(`${key} must not be empty.`, key);
  if (typeof value[0] === "number") return [fromTokens(engine, value, key)];
  if (value.length > MAX_INPUTS) throw DemoError.badRequest(`${key} has more than ${MAX_INPUTS} entries.`, key);
  return value.map((entry: unknown, index) => {
    if (typeof entry === "string") return { text: entry, tokens: undefined };
    if (Array.isArray(entry)) return fromTokens(engine, entry, `${key}[${index}]`);
    throw wrongType(`${key}[${index}]`, "a string or an array of token ids", entry);
  });
}

function fromTokens(engine: Engine, values: readonly unknown[], path: string): TextInput {
  const tokens = readTokens(engine, values, path);
  return { text: engine.tokenizer.decode(tokens), tokens };
}

/** Checks an array of token ids. */
export function readTokens({ tokenizer }: Engine, values: readonly unknown[], path: string): number[] {
  return values.map((value) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < tokenizer.size) return value;
    throw DemoError.badRequest(`${path} must hold token ids from 0 to ${tokenizer.size - 1}.`, path);
  });
}
