import { create, type JsonObject, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type CompletionDelta,
  CompletionDeltaSchema,
  type CompletionInput,
  type CompletionLogprobsSchema,
  type CompletionResult,
  CompletionResultSchema,
} from "../../gen/ts/countersign/inference/v1/completion_pb.ts";
import { asInt64, asNumber, asObject, asObjects, asString, asUint32, extraFields } from "./json-fields.ts";
import {
  atMost,
  type EngineBody,
  invalid,
  promptValue,
  putExtras,
  putSampling,
  SAMPLING_NAMES,
} from "./request-builder.ts";
import { usageMessage, usageRest } from "./usage.ts";

const TYPED: ReadonlySet<string> = new Set([...SAMPLING_NAMES, "prompt", "suffix", "echo", "logprobs", "best_of"]);

/** The engine's request for a typed completion. Throws `invalid_request` with a field path. */
export function completionRequestBody(model: string, input: CompletionInput, stream: boolean): Buffer {
  if (input.prompts.length === 0) throw invalid("prompts", "at least one is required");
  atMost("prompts", input.prompts, 1024);
  if ((input.logprobs ?? 0) > 20) throw invalid("logprobs", "must be 0 to 20");
  const prompts = input.prompts.map((prompt, index) => promptValue(`prompts[${index}]`, prompt));
  const body: EngineBody = { model, prompt: prompts.length === 1 ? (prompts[0] as string | number[]) : prompts };
  putSampling(body, input.sampling);
  if (input.suffix !== "") body["suffix"] = input.suffix;
  if (input.echo) body["echo"] = true;
  if (input.logprobs !== undefined) body["logprobs"] = input.logprobs;
  if (input.bestOf !== undefined) body["best_of"] = input.bestOf;
  if (input.user !== "") body["user"] = input.user;
  putExtras(body, input.extras, TYPED);
  if (stream) {
    body["stream"] = true;
    body["stream_options"] = { include_usage: true };
  }
  return Buffer.from(JSON.stringify(body));
}

function numbers(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function logprobsOf(value: unknown): MessageInitShape<typeof CompletionLogprobsSchema> | undefined {
  const logprobs = asObject(value);
  if (logprobs === undefined) return undefined;
  return {
    tokens: numbers(logprobs["tokens"]).map(asString),
    // The first token of an echoed prompt has no probability: engines send null, the schema says NaN.
    tokenLogprobs: numbers(logprobs["token_logprobs"]).map((entry) => (entry === null ? Number.NaN : asNumber(entry))),
    topLogprobs: numbers(logprobs["top_logprobs"]).map((entry) => ({
      logprobs: Object.fromEntries(Object.entries(asObject(entry) ?? {}).map(([token, p]) => [token, asNumber(p)])),
    })),
    textOffsets: numbers(logprobs["text_offset"]).map(asUint32),
  };
}

const CHOICE_FIELDS: ReadonlySet<string> = new Set(["index", "text", "finish_reason", "logprobs"]);
const RESULT_FIELDS: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "system_fingerprint",
]);

function delta(choice: JsonObject): CompletionDelta {
  const logprobs = logprobsOf(choice["logprobs"]);
  const extras = extraFields(choice, CHOICE_FIELDS);
  return create(CompletionDeltaSchema, {
    index: asUint32(choice["index"]),
    text: asString(choice["text"]),
    finishReason: asString(choice["finish_reason"]),
    ...(logprobs === undefined ? {} : { logprobs }),
    ...(extras === undefined ? {} : { extras }),
  });
}

/** A whole completion, or one event of a stream of it, as a typed message. */
export function completionResult(answer: JsonObject): CompletionResult {
  const result = create(CompletionResultSchema);
  addCompletionEvent(result, answer, true);
  return result;
}

/** Adds an event's choices to the result of one read; `head` adds the fields that belong to the first chunk. */
export function addCompletionEvent(result: CompletionResult, event: JsonObject, head: boolean): void {
  result.choices.push(...asObjects(event["choices"]).map(delta));
  const usage = usageMessage(event["usage"]);
  if (usage !== undefined) result.usage = usage;
  const extras = { ...extraFields(event, RESULT_FIELDS), ...usageRest(event["usage"]) };
  if (Object.keys(extras).length > 0) result.extras = { ...result.extras, ...extras };
  if (!head) return;
  result.id = asString(event["id"]);
  result.created = asInt64(event["created"]);
  result.model = asString(event["model"]);
  result.systemFingerprint = asString(event["system_fingerprint"]);
}
