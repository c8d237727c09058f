import type { Engine } from "./engine.ts";
import { DemoError } from "./errors.ts";

/** Counts the tokens of a prompt, refusing one that cannot fit before it is tokenized. */
export function countPromptTokens(engine: Engine, text: string, param: string): number {
  const { tokenizer, options } = engine;
  // The prompt's length is attacker-controlled: one too long for the context even at the longest tokens is not read.
  const least = Math.ceil(text.length / tokenizer.longest);
  if (least > options.maxModelLength) throw tooLong(options.maxModelLength, `at least ${least}`, param);
  return tokenizer.encode(text).length;
}

/** How many tokens may be generated: what the caller asked for, or what the context leaves. */
export function completionLimit(
  engine: Engine,
  promptTokens: number,
  asked: number | undefined,
  param: string,
): number {
  const limit = engine.options.maxModelLength;
  if (promptTokens >= limit) throw tooLong(limit, String(promptTokens), param);
  const left = limit - promptTokens;
  if (asked !== undefined && asked > left) {
    throw DemoError.badRequest(
      `This model's maximum context length is ${limit} tokens. The request asks for ${promptTokens + asked} tokens: ` +
        `${promptTokens} in the prompt and ${asked} in the answer. Shorten the prompt or ask for at most ${left} tokens.`,
      "max_tokens",
    );
  }
  return asked ?? left;
}

function tooLong(limit: number, count: string, param: string): DemoError {
  return DemoError.badRequest(
    `This model's maximum context length is ${limit} tokens. The prompt has ${count} tokens. Shorten the prompt.`,
    param,
  );
}
