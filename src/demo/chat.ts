import { describeDelta, describeLogprobs, finishReason } from "./chat-chunks.ts";
import { type ChatChoice, planChat } from "./chat-plan.ts";
import { type ChatRequest, readChatRequest } from "./chat-request.ts";
import type { ChoiceStep } from "./choice.ts";
import { FINGERPRINT } from "./engine.ts";
import { openEventStream } from "./event-stream.ts";
import { runGeneration } from "./generation.ts";
import { sendJson } from "./json-response.ts";
import type { SampledToken } from "./logprobs.ts";
import { responseId } from "./response-id.ts";
import type { Call } from "./router.ts";
import { describeUsage } from "./usage.ts";

/** `POST /v1/chat/completions`. */
export function handleChat(call: Call): void {
  const request = readChatRequest(call.engine, call.body);
  const choices = planChat(call.engine, request);
  const head = {
    id: responseId("chatcmpl", call.request),
    object: request.stream === undefined ? "chat.completion" : "chat.completion.chunk",
    created: Math.floor(Date.now() / 1000),
    model: call.engine.options.model,
    system_fingerprint: FINGERPRINT,
  };
  if (request.stream === undefined) answerWhole(call, request, choices, head);
  else answerInEvents(call, request, choices, head);
}

function answerInEvents(call: Call, request: ChatRequest, choices: readonly ChatChoice[], head: object): void {
  const { engine, response } = call;
  const events = openEventStream(response);
  const generations = choices.map(({ generation }) => generation);
  const usage = () => describeUsage(request.promptTokens, generations);

  function send(index: number, delta: object, finish: string | null, step?: ChoiceStep): boolean {
    const tokens = step?.tokens ?? [];
    const logprobs = tokens.length === 0 ? null : describeLogprobs(tokens, engine.tokenizer);
    const choice = {
      index,
      delta,
      logprobs,
      finish_reason: finish,
      ...(finish === null ? {} : { stop_reason: step?.stopReason ?? null }),
    };
    const chunk = { ...head, choices: [choice] };
    return events.send(request.stream?.continuousUsage === true ? { ...chunk, usage: usage() } : chunk);
  }

  choices.forEach((_choice, index) => {
    send(index, { role: "assistant", content: "" }, null);
  });
  runGeneration({
    engine,
    response,
    choices: generations,
    promptTokens: request.promptTokens,
    onStep(index, step) {
      const choice = choices[index];
      if (choice === undefined) return true;
      const delta = describeDelta(step, choice);
      const finish = finishReason(step, choice, request);
      let flowing = true;
      if (delta !== undefined) flowing = send(index, delta, null, step);
      if (finish !== null)
        flowing = send(index, {}, finish, { ...step, tokens: delta === undefined ? step.tokens : [] });
      return flowing;
    },
    onEnd() {
      if (request.stream?.includeUsage === true) {
        events.send({ ...head, choices: [], usage: usage() });
      }
      events.done();
    },
  });
}

/** What a choice has said so far. */
interface Collected {
  readonly segments: string[];
  readonly tokens: SampledToken[];
  finish: string | null;
  stopReason: string | null;
}

function answerWhole(call: Call, request: ChatRequest, choices: readonly ChatChoice[], head: object): void {
  const { engine, response } = call;
  const collected = choices.map((): Collected => ({ segments: [], tokens: [], finish: null, stopReason: null }));
  const generations = choices.map(({ generation }) => generation);
  runGeneration({
    engine,
    response,
    choices: generations,
    promptTokens: request.promptTokens,
    onStep(index, step) {
      const [choice, said] = [choices[index], collected[index]];
      if (choice === undefined || said === undefined) return true;
      said.segments[step.segment] = (said.segments[step.segment] ?? "") + step.text;
      said.tokens.push(...step.tokens);
      said.finish = finishReason(step, choice, request);
      said.stopReason = step.stopReason ?? null;
      return true;
    },
    onEnd() {
      const described = choices.map((choice, index) =>
        describeChoice(choice, index, collected[index], request, engine.tokenizer),
      );
      sendJson(response, 200, {
        ...head,
        choices: described,
        usage: describeUsage(request.promptTokens, generations),
      });
    },
  });
}

function describeChoice(
  { plan }: ChatChoice,
  index: number,
  said: Collected | undefined,
  request: ChatRequest,
  tokenizer: Parameters<typeof describeLogprobs>[1],
): object {
  const textOf = (kind: string) =>
    plan.map((segment, at) => (segment.kind === kind ? (said?.segments[at] ?? "") : "")).join("");
  const calls = plan.flatMap((segment, at) => {
    const text = said?.segments[at];
    if (segment.kind !== "tool" || text === undefined) return [];
    return [{ id: segment.id, type: "function", function: { name: segment.name, arguments: text } }];
  });
  const content = textOf("content");
  const message = {
    role: "assistant",
    content: calls.length > 0 && content === "" ? null : content,
    refusal: null,
    ...(request.reasoning === undefined ? {} : { reasoning_content: textOf("reasoning") }),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  const logprobs = request.topLogprobs === undefined ? null : describeLogprobs(said?.tokens ?? [], tokenizer);
  return { index, message, logprobs, finish_reason: said?.finish ?? null, stop_reason: said?.stopReason ?? null };
}
