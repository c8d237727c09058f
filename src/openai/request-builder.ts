import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { Prompt, SamplingOptions } from "../../gen/ts/countersign/inference/v1/sampling_pb.ts";
import { GatewayError } from "../errors/index.ts";

const MAX_INT32 = 0x7fff_ffff;

/** An engine's request body under construction. */
export type EngineBody = Record<string, JsonValue>;

/** A field that was refused. `param` is its path in the typed message. */
export function invalid(param: string, why: string): GatewayError {
  return new GatewayError("invalid_request", `${param}: ${why}`, { param });
}

/** Refuses a list that is too long. */
export function atMost(param: string, list: readonly unknown[], most: number): void {
  if (list.length > most) throw invalid(param, `at most ${most} entries`);
}

/** Writes the sampling options an engine is to see: only those that were given. */
export function putSampling(body: EngineBody, sampling: SamplingOptions | undefined): void {
  if (sampling === undefined) return;
  const { seed, stop, logitBias } = sampling;
  const put = (name: string, value: number | undefined, least: number, most: number): void => {
    if (value === undefined) return;
    // NaN is within no range. JSON has no word for it: it would reach the engine as null, which means its default.
    if (!(value >= least && value <= most)) throw invalid(`sampling.${name}`, `must be ${least} to ${most}`);
    body[name] = value;
  };
  put("temperature", sampling.temperature, 0, 2);
  put("top_p", sampling.topP, 0, 1);
  put("top_k", sampling.topK, -1, MAX_INT32);
  put("min_p", sampling.minP, 0, 1);
  put("frequency_penalty", sampling.frequencyPenalty, -2, 2);
  put("presence_penalty", sampling.presencePenalty, -2, 2);
  if (sampling.repetitionPenalty === 0) throw invalid("sampling.repetition_penalty", "must be more than 0");
  put("repetition_penalty", sampling.repetitionPenalty, 0, MAX_INT32);
  put("max_tokens", sampling.maxTokens, 0, MAX_INT32);
  put("n", sampling.n, 1, 128);
  if (seed !== undefined) {
    const exact = Number(seed);
    if (!Number.isSafeInteger(exact)) throw invalid("sampling.seed", "must be within ±(2^53 - 1)");
    body["seed"] = exact;
  }
  atMost("sampling.stop", stop, 16);
  if (stop.length > 0) body["stop"] = stop;
  const biases = Object.values(logitBias);
  if (!biases.every((bias) => bias >= -100 && bias <= 100))
    throw invalid("sampling.logit_bias", "must hold -100 to 100");
  if (biases.length > 0) body["logit_bias"] = logitBias as unknown as JsonObject;
}

/**
 * Merges the caller's extra fields. A key that has a typed counterpart is refused, whether or not it is set. `param` is
 * the path of `extras`, for errors.
 */
export function putExtras(
  body: EngineBody,
  extras: JsonObject | undefined,
  typed: ReadonlySet<string>,
  param = "extras",
): void {
  if (extras === undefined) return;
  for (const [name, value] of Object.entries(extras)) {
    if (typed.has(name)) throw invalid(`${param}.${name}`, "has a typed field; set that instead");
    if (value !== undefined) body[name] = value;
  }
}

/** A prompt as the engine takes it. */
export function promptValue(param: string, prompt: Prompt): string | number[] {
  if (prompt.form.case === "text") return prompt.form.value;
  if (prompt.form.case === "tokenIds") return prompt.form.value.ids;
  throw invalid(param, "set text or token_ids");
}

/** Names that sampling and routing occupy in every body. */
export const SAMPLING_NAMES = [
  "model",
  "stream",
  "stream_options",
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "frequency_penalty",
  "presence_penalty",
  "repetition_penalty",
  "seed",
  "max_tokens",
  "stop",
  "logit_bias",
  "n",
  "user",
] as const;
