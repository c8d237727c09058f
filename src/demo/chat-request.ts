import { type ChatPrompt, readMessages } from "./chat-messages.ts";
import { completionLimit, countPromptTokens } from "./context-length.ts";
import type { Engine } from "./engine.ts";
import { DemoError } from "./errors.ts";
import {
  type Fields,
  isRecord,
  optionalBoolean,
  optionalInteger,
  optionalRecord,
  optionalString,
  wrongType,
} from "./fields.ts";
import type { ReasoningEffort } from "./language/index.ts";
import { checkModel } from "./models.ts";
import { type ResponseFormat, readResponseFormat } from "./response-format.ts";
import { readSamplingOptions, type SamplingOptions } from "./sampling-options.ts";
import { readToolChoice, readTools, type Tool, type ToolChoice } from "./tool-choice.ts";

/** A chat request, checked. */
export interface ChatRequest {
  readonly prompt: ChatPrompt;
  readonly promptTokens: number;
  readonly maxTokens: number;
  readonly choices: number;
  readonly stops: readonly string[];
  readonly sampling: SamplingOptions;
  /** How many alternatives to report per token; undefined when no log-probabilities are wanted. */
  readonly topLogprobs: number | undefined;
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  readonly parallelToolCalls: boolean;
  readonly format: ResponseFormat;
  readonly reasoning: ReasoningEffort | undefined;
  readonly stream: StreamOptions | undefined;
}

export interface StreamOptions {
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
}

const MAX_CHOICES = 128;
const MAX_STOPS = 4;
const MAX_STOP_LENGTH = 1024;
const MAX_TOP_LOGPROBS = 20;

/** Reads the body of a chat request. Throws a DemoError that names the field that is wrong. */
export function readChatRequest(engine: Engine, body: Fields): ChatRequest {
  checkModel(engine, body);
  const prompt = readMessages(body);
  const tools = readTools(body);
  const toolText = tools.length === 0 ? "" : JSON.stringify(tools);
  const promptTokens = countPromptTokens(engine, prompt.rendered + toolText, "messages") + prompt.attachmentTokens;
  const asked =
    optionalInteger(body, "max_completion_tokens", 1, Number.MAX_SAFE_INTEGER) ??
    optionalInteger(body, "max_tokens", 1, Number.MAX_SAFE_INTEGER);
  return {
    prompt,
    promptTokens,
    maxTokens: completionLimit(engine, promptTokens, asked, "messages"),
    choices: optionalInteger(body, "n", 1, MAX_CHOICES) ?? 1,
    stops: readStops(body),
    sampling: readSamplingOptions(body, engine.tokenizer),
    topLogprobs: readTopLogprobs(body),
    tools,
    toolChoice: readToolChoice(body, tools),
    parallelToolCalls: optionalBoolean(body, "parallel_tool_calls") ?? true,
    format: readResponseFormat(body),
    reasoning: readReasoning(body),
    stream: readStreamOptions(body),
  };
}

/** Reads `stop`: a string or up to four of them, none empty. */
export function readStops(body: Fields): readonly string[] {
  const stop = body.stop ?? [];
  const stops: unknown[] = Array.isArray(stop) ? stop : [stop];
  if (stops.length > MAX_STOPS) throw DemoError.badRequest(`stop has more than ${MAX_STOPS} entries.`, "stop");
  return stops.map((entry) => {
    if (typeof entry !== "string") throw wrongType("stop", "a string or an array of strings", entry);
    if (entry === "" || entry.length > MAX_STOP_LENGTH)
      throw DemoError.badRequest(`stop entries must have 1 to ${MAX_STOP_LENGTH} characters.`, "stop");
    return entry;
  });
}

/** Reads `stream` and `stream_options`; undefined when the answer is not to be streamed. */
export function readStreamOptions(body: Fields): StreamOptions | undefined {
  const stream = optionalBoolean(body, "stream") ?? false;
  const options = optionalRecord(body, "stream_options");
  if (!stream) {
    if (options !== undefined) throw DemoError.badRequest("stream_options needs stream to be true.", "stream_options");
    return undefined;
  }
  const includeUsage =
    options === undefined
      ? false
      : (optionalBoolean(options, "include_usage", "stream_options.include_usage") ?? false);
  const continuous =
    options === undefined
      ? false
      : optionalBoolean(options, "continuous_usage_stats", "stream_options.continuous_usage_stats");
  return { includeUsage, continuousUsage: includeUsage && continuous === true };
}

function readTopLogprobs(body: Fields): number | undefined {
  const wanted = optionalBoolean(body, "logprobs") ?? false;
  const top = optionalInteger(body, "top_logprobs", 0, MAX_TOP_LOGPROBS);
  if (!wanted && top !== undefined && top > 0)
    throw DemoError.badRequest("top_logprobs needs logprobs to be true.", "top_logprobs");
  return wanted ? (top ?? 0) : undefined;
}

/** `chat_template_kwargs.enable_thinking` decides when it is given; otherwise `reasoning_effort` does. */
function readReasoning(body: Fields): ReasoningEffort | undefined {
  const effort = optionalString(body, "reasoning_effort");
  const template = optionalRecord(body, "chat_template_kwargs") ?? {};
  const thinking = isRecord(template)
    ? optionalBoolean(template, "enable_thinking", "chat_template_kwargs.enable_thinking")
    : undefined;
  if (effort !== undefined && !["none", "minimal", "low", "medium", "high", "xhigh"].includes(effort)) {
    throw DemoError.badRequest(
      "reasoning_effort must be none, minimal, low, medium, high or xhigh.",
      "reasoning_effort",
    );
  }
  if (thinking === false || (thinking === undefined && (effort === undefined || effort === "none"))) return undefined;
  if (effort === "minimal" || effort === "low") return effort;
  return effort === "high" || effort === "xhigh" ? "high" : "medium";
}
