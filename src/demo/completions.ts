import type { ChoiceGeneration, ChoiceStep } from "./choice.ts";
import { createCompletionLogprobs } from "./completion-logprobs.ts";
import { type CompletionRequest, planCompletions, readCompletionRequest } from "./completion-request.ts";
import { FINGERPRINT } from "./engine.ts";
import { openEventStream } from "./event-stream.ts";
import { runGeneration } from "./generation.ts";
import { sendJson } from "./json-response.ts";
import { responseId } from "./response-id.ts";
import type { Call } from "./router.ts";
import { describeUsage } from "./usage.ts";

/** `POST /v1/completions`: goes on with one or more texts. */
export function handleCompletions(call: Call): void {
  const request = readCompletionRequest(call.engine, call.body);
  const generations = planCompletions(call.engine, request);
  const head = {
    id: responseId("cmpl", call.request),
    object: "text_completion",
    created: Math.floor(Date.now() / 1000),
    model: call.engine.options.model,
    system_fingerprint: FINGERPRINT,
  };
  if (request.stream === undefined) answerWhole(call, request, generations, head);
  else answerInEvents(call, request, generations, head);
}

function answerInEvents(
  call: Call,
  request: CompletionRequest,
  choices: readonly ChoiceGeneration[],
  head: object,
): void {
  const { engine, response } = call;
  const events = openEventStream(response);
  const usage = () => describeUsage(request.promptTokens, choices);
  const logprobs = choices.map(() => createCompletionLogprobs(engine.tokenizer, request.logprobs));

  function send(index: number, text: string, step: ChoiceStep | undefined, echoed: readonly number[]): boolean {
    const report = logprobs[index]?.describe(echoed, step?.tokens ?? []) ?? null;
    const choice = {
      index,
      text,
      logprobs: report,
      finish_reason: step?.end ?? null,
      stop_reason: step?.stopReason ?? null,
    };
    const chunk = { ...head, choices: [choice] };
    return events.send(request.stream?.continuousUsage === true ? { ...chunk, usage: usage() } : chunk);
  }

  if (request.echo) {
    choices.forEach((_choice, index) => {
      const prompt = request.prompts[Math.floor(index / request.choices)];
      if (prompt !== undefined) send(index, prompt.text, undefined, prompt.tokens);
    });
  }
  runGeneration({
    engine,
    response,
    choices,
    promptTokens: request.promptTokens,
    onStep: (index, step) => (step.text === "" && step.end === undefined ? true : send(index, step.text, step, [])),
    onEnd() {
      if (request.stream?.includeUsage === true) events.send({ ...head, choices: [], usage: usage() });
      events.done();
    },
  });
}

function answerWhole(call: Call, request: CompletionRequest, choices: readonly ChoiceGeneration[], head: object): void {
  const { engine, response } = call;
  const collected = choices.map((): ChoiceStep[] => []);
  runGeneration({
    engine,
    response,
    choices,
    promptTokens: request.promptTokens,
    onStep(index, step) {
      collected[index]?.push(step);
      return true;
    },
    onEnd() {
      const described = collected.map((steps, index) => {
        const prompt = request.prompts[Math.floor(index / request.choices)];
        const echoed = request.echo ? (prompt?.tokens ?? []) : [];
        const last = steps.at(-1);
        return {
          index,
          text: (request.echo ? (prompt?.text ?? "") : "") + steps.map(({ text }) => text).join(""),
          logprobs: createCompletionLogprobs(engine.tokenizer, request.logprobs).describe(
            echoed,
            steps.flatMap(({ tokens }) => tokens),
          ),
          finish_reason: last?.end ?? null,
          stop_reason: last?.stopReason ?? null,
        };
      });
      sendJson(response, 200, { ...head, choices: described, usage: describeUsage(request.promptTokens, choices) });
    },
  });
}
