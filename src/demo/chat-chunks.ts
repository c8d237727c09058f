import type { ChatChoice } from "./chat-plan.ts";
import type { ChatRequest } from "./chat-request.ts";
import type { ChoiceStep } from "./choice.ts";
import type { SampledToken } from "./logprobs.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** How a choice ended, in the words of the API. */
export type FinishReason = "stop" | "length" | "tool_calls";

/** The finish reason of a step that ends a choice. A call that the caller forced by name ends with "stop", as in vLLM. */
export function finishReason(step: ChoiceStep, choice: ChatChoice, request: ChatRequest): FinishReason | null {
  if (step.end === undefined || step.end === "length") return step.end ?? null;
  const called = choice.plan.some(({ kind }) => kind === "tool");
  return called && typeof request.toolChoice === "string" ? "tool_calls" : "stop";
}

/** The `delta` of a step; undefined when it has nothing to show. */
export function describeDelta(step: ChoiceStep, choice: ChatChoice): object | undefined {
  const segment = choice.plan[step.segment];
  if (segment === undefined) return undefined;
  if (segment.kind === "tool") {
    const index = choice.plan.slice(0, step.segment).filter(({ kind }) => kind === "tool").length;
    if (step.opens) {
      const head = { index, id: segment.id, type: "function", function: { name: segment.name, arguments: step.text } };
      return { tool_calls: [head] };
    }
    return step.text === "" ? undefined : { tool_calls: [{ index, function: { arguments: step.text } }] };
  }
  if (step.text === "") return undefined;
  return segment.kind === "reasoning" ? { reasoning_content: step.text } : { content: step.text };
}

/** The `logprobs` of some tokens. */
export function describeLogprobs(tokens: readonly SampledToken[], tokenizer: Tokenizer): object {
  const describe = (token: number, logprob: number) => ({
    token: tokenizer.textOf(token),
    logprob,
    bytes: Array.from(tokenizer.bytesOf(token)),
  });
  return {
    content: tokens.map(({ token, logprob, top }) => ({
      ...describe(token, logprob),
      top_logprobs: top.map((other) => describe(other.token, other.logprob)),
    })),
  };
}
