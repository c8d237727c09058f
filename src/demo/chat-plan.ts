import type { ChatRequest } from "./chat-request.ts";
import { type ChoiceGeneration, createChoice, type Segment } from "./choice.ts";
import type { Engine } from "./engine.ts";
import { answer, goOn, oneSentence, readQuestion, think } from "./language/index.ts";
import { createLogprobs } from "./logprobs.ts";
import { createRandom, digestWord } from "./random.ts";
import { writeFormatted } from "./response-format.ts";
import { createSampler } from "./sampler.ts";
import { planToolCalls } from "./tool-calls.ts";
import { pickTools } from "./tool-choice.ts";
import { createValueHints } from "./value-hints.ts";

/** One choice of a chat answer, with the plan that its steps refer to. */
export interface ChatChoice {
  readonly plan: readonly Segment[];
  readonly generation: ChoiceGeneration;
}

/** Decides what to say in each choice: thoughts first, then tool calls, formatted JSON or an answer in words. */
export function planChat(engine: Engine, request: ChatRequest): ChatChoice[] {
  const { prompt, sampling } = request;
  const salt = digestWord(prompt.rendered);
  const question = readQuestion(prompt.conversation);
  const encore = goOn(question.subject);
  const afterResults = prompt.conversation.turns.at(-1)?.role === "tool";
  const tools = pickTools(request.tools, request.toolChoice, question.text, afterResults);
  // Greedy answers depend on nothing but the prompt.
  const seed = sampling.temperature === 0 ? "greedy" : String(sampling.seed ?? engine.nextSeed());
  const logprobs =
    request.topLogprobs === undefined
      ? undefined
      : { source: createLogprobs(engine.vocabulary, salt), top: request.topLogprobs };

  return Array.from({ length: request.choices }, (_value, index) => {
    const random = createRandom("chat", seed, sampling.temperature === 0 ? "" : String(index), prompt.rendered);
    const sentence = (): string => engine.speak(oneSentence(question.subject), salt, random);
    const plan: Segment[] = [];
    if (request.reasoning !== undefined) plan.push({ kind: "reasoning", ...think(question, request.reasoning) });
    if (tools.length > 0) {
      plan.push(...planToolCalls(tools, request.parallelToolCalls, question, sentence, random));
    } else if (request.format.kind === "json") {
      const suggest = createValueHints(question, sentence, random);
      plan.push({
        kind: "content",
        phrase: writeFormatted(request.format.schema, question, suggest, random),
        slots: {},
      });
    } else {
      plan.push({ kind: "content", ...answer(question) });
    }
    const generation = createChoice({
      plan,
      encore,
      sampler: createSampler(sampling, random),
      sampling,
      tokenizer: engine.tokenizer,
      salt,
      maxTokens: request.maxTokens,
      stops: request.stops,
      logprobs,
    });
    return { plan, generation };
  });
}
