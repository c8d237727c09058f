import { DemoError } from "./errors.ts";
import { type Fields, optionalBoolean, optionalInteger, optionalNumber, optionalRecord } from "./fields.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** How tokens are chosen from the model's distribution, with the names and defaults of the OpenAI API and of vLLM. */
export interface SamplingOptions {
  /** 0 takes the likeliest token always. Default 1. */
  readonly temperature: number;
  /** Keep the likeliest tokens up to this mass. Default 1. */
  readonly topP: number;
  /** Keep this many of the likeliest tokens; 0 or -1 keeps all. Default 0. */
  readonly topK: number;
  /** Keep tokens at least this likely relative to the likeliest. Default 0. */
  readonly minP: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** Added to a token's logit, by token id; -100 bans, +100 forces. */
  readonly logitBias: ReadonlyMap<number, number>;
  /** Same seed and request, same text. Absent: varied. */
  readonly seed: number | undefined;
  /** Do not end before this many tokens. Default 0. */
  readonly minTokens: number;
  /** Keep talking until `max_tokens`, for load tests. Default false. */
  readonly ignoreEnd: boolean;
}

/** The most entries of `logit_bias`. */
const MAX_BIASES = 1024;

/** Reads the sampling fields of a request body. Throws a BadRequestError that names the field. */
export function readSamplingOptions(body: Fields, tokenizer: Tokenizer): SamplingOptions {
  return {
    temperature: optionalNumber(body, "temperature", 0, 2) ?? 1,
    topP: readTopP(body),
    topK: Math.max(0, optionalInteger(body, "top_k", -1, Number.MAX_SAFE_INTEGER) ?? 0),
    minP: optionalNumber(body, "min_p", 0, 1) ?? 0,
    presencePenalty: optionalNumber(body, "presence_penalty", -2, 2) ?? 0,
    frequencyPenalty: optionalNumber(body, "frequency_penalty", -2, 2) ?? 0,
    logitBias: readLogitBias(body, tokenizer),
    seed: optionalInteger(body, "seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    minTokens: optionalInteger(body, "min_tokens", 0, Number.MAX_SAFE_INTEGER) ?? 0,
    ignoreEnd: optionalBoolean(body, "ignore_eos") ?? false,
  };
}

function readTopP(body: Fields): number {
  const topP = optionalNumber(body, "top_p", 0, 1) ?? 1;
  if (topP === 0) throw DemoError.badRequest("top_p must be greater than 0 and at most 1, got 0.", "top_p");
  return topP;
}

function readLogitBias(body: Fields, tokenizer: Tokenizer): ReadonlyMap<number, number> {
  const record = optionalRecord(body, "logit_bias") ?? {};
  const entries = Object.entries(record);
  if (entries.length > MAX_BIASES) {
    throw DemoError.badRequest(`logit_bias has more than ${MAX_BIASES} entries.`, "logit_bias");
  }
  const biases = new Map<number, number>();
  for (const [key, bias] of entries) {
    const token = /^\d{1,9}$/.test(key) ? Number(key) : Number.NaN;
    if (!(token < tokenizer.size)) {
      throw DemoError.badRequest(`logit_bias keys must be token ids from 0 to ${tokenizer.size - 1}.`, "logit_bias");
    }
    if (typeof bias !== "number" || !(bias >= -100 && bias <= 100)) {
      throw DemoError.badRequest("logit_bias values must be numbers from -100 to 100.", "logit_bias");
    }
    biases.set(token, bias);
  }
  return biases;
}
