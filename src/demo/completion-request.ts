import { readStops, readStreamOptions, type StreamOptions } from "./chat-request.ts";
import { type ChoiceGeneration, createChoice } from "./choice.ts";
import { completionLimit, countPromptTokens } from "./context-length.ts";
import type { Engine } from "./engine.ts";
import { DemoError } from "./errors.ts";
import { type Fields, optionalBoolean, optionalInteger } from "./fields.ts";
import { continueText } from "./language/index.ts";
import { createLogprobs } from "./logprobs.ts";
import { checkModel } from "./models.ts";
import { createRandom, digestWord } from "./random.ts";
import { createSampler } from "./sampler.ts";
import { readSamplingOptions, type SamplingOptions } from "./sampling-options.ts";
import { readTextInputs } from "./text-input.ts";

/** A completion request, checked. */
export interface CompletionRequest {
  readonly prompts: readonly {
    readonly text: string;
    readonly tokens: readonly number[];
    readonly maxTokens: number;
  }[];
  readonly promptTokens: number;
  /** Choices for each prompt. */
  readonly choices: number;
  readonly stops: readonly string[];
  readonly sampling: SamplingOptions;
  readonly logprobs: number | undefined;
  readonly echo: boolean;
  readonly stream: StreamOptions | undefined;
}

const DEFAULT_MAX_TOKENS = 16;
const MAX_CHOICES = 128;
const MAX_LOGPROBS = 20;

/** Reads the body of a completion request. Throws a DemoError that names the field that is wrong. */
export function readCompletionRequest(engine: Engine, body: Fields): CompletionRequest {
  checkModel(engine, body);
  if (typeof body.suffix === "string" && body.suffix !== "") {
    throw DemoError.badRequest("suffix is not supported by this model.", "suffix");
  }
  const echo = optionalBoolean(body, "echo") ?? false;
  const maxTokens = optionalInteger(body, "max_tokens", echo ? 0 : 1, Number.MAX_SAFE_INTEGER) ?? DEFAULT_MAX_TOKENS;
  const choices = optionalInteger(body, "n", 1, MAX_CHOICES) ?? 1;
  const prompts = readTextInputs(engine, body, "prompt").map(({ text, tokens }) => {
    if (tokens === undefined) countPromptTokens(engine, text, "prompt");
    const all = tokens ?? engine.tokenizer.encode(text);
    return { text, tokens: all, maxTokens: completionLimit(engine, all.length, maxTokens, "prompt") };
  });
  if (prompts.length * choices > MAX_CHOICES) {
    throw DemoError.badRequest(`prompt and n together ask for more than ${MAX_CHOICES} choices.`, "prompt");
  }
  return {
    prompts,
    promptTokens: prompts.reduce((sum, { tokens }) => sum + tokens.length, 0),
    choices,
    stops: readStops(body),
    sampling: readSamplingOptions(body, engine.tokenizer),
    logprobs: optionalInteger(body, "logprobs", 0, MAX_LOGPROBS),
    echo,
    stream: readStreamOptions(body),
  };
}

/** The choices of a request: all of the first prompt, then all of the next. */
export function planCompletions(engine: Engine, request: CompletionRequest): ChoiceGeneration[] {
  const { sampling } = request;
  const greedy = sampling.temperature === 0;
  const seed = greedy ? "greedy" : String(sampling.seed ?? engine.nextSeed());
  return request.prompts.flatMap(({ text, maxTokens }) => {
    const salt = digestWord(text);
    const reply = continueText(text);
    return Array.from({ length: request.choices }, (_value, index) =>
      createChoice({
        plan: [{ kind: "content", ...reply }],
        encore: reply,
        sampler: createSampler(sampling, createRandom("completion", seed, greedy ? "" : String(index), text)),
        sampling,
        tokenizer: engine.tokenizer,
        salt,
        maxTokens,
        stops: request.stops,
        logprobs:
          request.logprobs === undefined
            ? undefined
            : { source: createLogprobs(engine.vocabulary, salt), top: request.logprobs },
      }),
    );
  });
}
