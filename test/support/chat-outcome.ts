import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionTokenLogprob,
} from "openai/resources/chat/completions";
import type { CompletionUsage } from "openai/resources/completions";
import type { ChatChunk, ChatResult, TokenLogprob } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import type { Usage } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";

/** What a chat said, in one form for both doors and both ways of answering. Ids and times differ between calls. */
export interface ChatOutcome {
  readonly model: string;
  readonly fingerprint: string;
  readonly choices: readonly ChoiceOutcome[];
  readonly usage: UsageOutcome;
}

export interface ChoiceOutcome {
  content: string;
  reasoning: string;
  readonly calls: { name: string; arguments: string }[];
  finishReason: string;
  readonly logprobs: LogprobOutcome[];
}

export interface LogprobOutcome {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[];
  readonly top: readonly LogprobOutcome[];
}

export interface UsageOutcome {
  readonly prompt: number;
  readonly completion: number;
  readonly total: number;
  readonly reasoning: number;
}

/** A field of DeepSeek and vLLM that the SDK's types do not know. */
interface WithReasoning {
  readonly reasoning_content?: string | null;
}

type RestLogprob = Omit<ChatCompletionTokenLogprob, "top_logprobs"> & Partial<ChatCompletionTokenLogprob>;

const restLogprob = ({ token, logprob, bytes, top_logprobs = [] }: RestLogprob): LogprobOutcome => ({
  token,
  logprob,
  bytes: bytes ?? [],
  top: top_logprobs.map(restLogprob),
});

const rpcLogprob = ({ token, logprob, bytes, top }: TokenLogprob): LogprobOutcome => ({
  token,
  logprob,
  bytes: Array.from(bytes),
  top: top.map(rpcLogprob),
});

function restUsage(usage: CompletionUsage | null | undefined): UsageOutcome {
  if (usage == null) throw new Error("no usage");
  return {
    prompt: usage.prompt_tokens,
    completion: usage.completion_tokens,
    total: usage.total_tokens,
    reasoning: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

/** Token counts of a message or a seal. */
export function rpcUsage(usage: Usage | undefined): UsageOutcome {
  if (usage === undefined) throw new Error("no usage");
  return {
    prompt: Number(usage.promptTokens),
    completion: Number(usage.completionTokens),
    total: Number(usage.totalTokens),
    reasoning: Number(usage.reasoningTokens),
  };
}

export function fromRestAnswer(answer: ChatCompletion): ChatOutcome {
  return {
    model: answer.model,
    fingerprint: answer.system_fingerprint ?? "",
    choices: answer.choices.map(({ message, finish_reason, logprobs }) => ({
      content: message.content ?? "",
      reasoning: (message as WithReasoning).reasoning_content ?? "",
      calls: (message.tool_calls ?? []).flatMap((call) =>
        call.type === "function" ? [{ name: call.function.name, arguments: call.function.arguments }] : [],
      ),
      finishReason: finish_reason,
      logprobs: (logprobs?.content ?? []).map(restLogprob),
    })),
    usage: restUsage(answer.usage),
  };
}

/** Choices that grow while a stream is read. */
function growing() {
  const choices: ChoiceOutcome[] = [];
  return {
    choices,
    at(index: number): ChoiceOutcome {
      choices[index] ??= { content: "", reasoning: "", calls: [], finishReason: "", logprobs: [] };
      return choices[index];
    },
  };
}

export function fromRestEvents(events: readonly ChatCompletionChunk[]): ChatOutcome {
  const { choices, at } = growing();
  for (const { index, delta, finish_reason, logprobs } of events.flatMap((event) => event.choices)) {
    const choice = at(index);
    choice.content += delta.content ?? "";
    choice.reasoning += (delta as WithReasoning).reasoning_content ?? "";
    choice.finishReason ||= finish_reason ?? "";
    choice.logprobs.push(...(logprobs?.content ?? []).map(restLogprob));
    for (const { index: position, function: called } of delta.tool_calls ?? []) {
      choice.calls[position] ??= { name: "", arguments: "" };
      choice.calls[position].name += called?.name ?? "";
      choice.calls[position].arguments += called?.arguments ?? "";
    }
  }
  const [first] = events;
  return {
    model: first?.model ?? "",
    fingerprint: first?.system_fingerprint ?? "",
    choices,
    usage: restUsage(events.at(-1)?.usage),
  };
}

export function fromRpcAnswer(answer: ChatResult): ChatOutcome {
  return {
    model: answer.model,
    fingerprint: answer.systemFingerprint,
    choices: answer.choices.map(({ message, finishReason, logprobs }) => ({
      content: (message?.content ?? []).map(({ part }) => (part.case === "text" ? part.value : "")).join(""),
      reasoning: message?.reasoning ?? "",
      calls: (message?.toolCalls ?? []).map(({ name, arguments: text }) => ({ name, arguments: text })),
      finishReason,
      logprobs: (logprobs?.content ?? []).map(rpcLogprob),
    })),
    usage: rpcUsage(answer.usage),
  };
}

export function fromRpcChunks(chunks: readonly ChatChunk[]): ChatOutcome {
  const { choices, at } = growing();
  for (const { index, content, reasoning, finishReason, logprobs, toolCalls } of chunks.flatMap(
    ({ deltas }) => deltas,
  )) {
    const choice = at(index);
    choice.content += content;
    choice.reasoning += reasoning;
    choice.finishReason ||= finishReason;
    choice.logprobs.push(...(logprobs?.content ?? []).map(rpcLogprob));
    for (const { index: position, name, arguments: text } of toolCalls) {
      choice.calls[position] ??= { name: "", arguments: "" };
      choice.calls[position].name += name;
      choice.calls[position].arguments += text;
    }
  }
  const [first] = chunks;
  return {
    model: first?.model ?? "",
    fingerprint: first?.systemFingerprint ?? "",
    choices,
    usage: rpcUsage(chunks.at(-1)?.usage),
  };
}
