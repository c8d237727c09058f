import type { Completion, CompletionCreateParamsNonStreaming } from "openai/resources/completions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CompletionRequestInput } from "../../clients/typescript/src/index.ts";
import type { CompletionResult } from "../../gen/ts/countersign/inference/v1/completion_pb.ts";
import { allOf } from "../support/all-of.ts";
import { rpcUsage } from "../support/chat-outcome.ts";
import { DEMO_MODEL, type DemoAndClients, startDemoAndClients } from "../support/demo-and-clients.ts";

let demo: DemoAndClients;
beforeAll(async () => {
  demo = await startDemoAndClients();
});
afterAll(() => demo[Symbol.asyncDispose]());

/** What one choice said, in one form for both doors. */
interface Choice {
  text: string;
  finishReason: string;
  readonly tokens: string[];
  /** Null for the first token of an echoed prompt. */
  readonly logprobs: (number | null)[];
  readonly top: Record<string, number>[];
  readonly offsets: number[];
}

interface Outcome {
  readonly choices: Choice[];
  readonly usage: object;
}

function choiceAt(choices: Choice[], index: number): Choice {
  choices[index] ??= { text: "", finishReason: "", tokens: [], logprobs: [], top: [], offsets: [] };
  return choices[index];
}

function fromRest(events: readonly Completion[]): Outcome {
  const choices: Choice[] = [];
  for (const { index, text, finish_reason, logprobs } of events.flatMap((event) => event.choices)) {
    const choice = choiceAt(choices, index);
    choice.text += text;
    choice.finishReason ||= finish_reason ?? "";
    choice.tokens.push(...(logprobs?.tokens ?? []));
    choice.logprobs.push(...(logprobs?.token_logprobs ?? []));
    choice.top.push(...(logprobs?.top_logprobs ?? []).map((alternatives) => alternatives ?? {}));
    choice.offsets.push(...(logprobs?.text_offset ?? []));
  }
  const usage = events.at(-1)?.usage;
  if (usage == null) throw new Error("no usage");
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage;
  return { choices, usage: { prompt, completion, total, reasoning: 0 } };
}

function fromRpc(results: readonly CompletionResult[]): Outcome {
  const choices: Choice[] = [];
  for (const { index, text, finishReason, logprobs } of results.flatMap((result) => result.choices)) {
    const choice = choiceAt(choices, index);
    choice.text += text;
    choice.finishReason ||= finishReason;
    choice.tokens.push(...(logprobs?.tokens ?? []));
    choice.logprobs.push(...(logprobs?.tokenLogprobs ?? []).map((value) => (Number.isNaN(value) ? null : value)));
    choice.top.push(...(logprobs?.topLogprobs ?? []).map((alternatives) => alternatives.logprobs));
    choice.offsets.push(...(logprobs?.textOffsets ?? []));
  }
  return { choices, usage: rpcUsage(results.at(-1)?.usage) };
}

interface Feature {
  readonly name: string;
  readonly rest: Omit<CompletionCreateParamsNonStreaming, "model" | "stream">;
  readonly rpc: Omit<CompletionRequestInput, "model">;
  readonly check: (outcome: Outcome) => void;
}

const FEATURES: readonly Feature[] = [
  {
    name: "a text",
    rest: { prompt: "The river", seed: 1, max_tokens: 30 },
    rpc: { prompts: ["The river"], sampling: { seed: 1n, maxTokens: 30 } },
    check: ({ choices }) => expect(choices[0]?.text).not.toBe(""),
  },
  {
    name: "several choices of a prompt of token ids",
    rest: { prompt: [[5, 6, 7]], seed: 2, max_tokens: 8, n: 2 },
    rpc: {
      prompts: [{ form: { case: "tokenIds", value: { ids: [5, 6, 7] } } }],
      sampling: { seed: 2n, maxTokens: 8, n: 2 },
    },
    check: ({ choices }) => expect(choices).toHaveLength(2),
  },
  {
    name: "several prompts, numbered prompt by prompt",
    rest: { prompt: ["The river", "The sea"], seed: 3, max_tokens: 8, n: 2 },
    rpc: { prompts: ["The river", "The sea"], sampling: { seed: 3n, maxTokens: 8, n: 2 } },
    check: ({ choices }) => expect(choices).toHaveLength(4),
  },
  {
    name: "an echo with log probabilities, whose first token has none",
    rest: { prompt: "The river thé", seed: 4, max_tokens: 6, echo: true, logprobs: 3 },
    rpc: { prompts: ["The river thé"], sampling: { seed: 4n, maxTokens: 6 }, echo: true, logprobs: 3 },
    check({ choices }) {
      const [choice] = choices;
      expect(choice?.text).toMatch(/^The river thé/);
      expect(choice?.logprobs[0]).toBeNull();
      expect(choice?.logprobs.slice(1).every((value) => typeof value === "number")).toBe(true);
      expect(choice?.offsets[0]).toBe(0);
    },
  },
  {
    name: "stop and the end user's id",
    rest: { prompt: "The river", seed: 5, max_tokens: 40, stop: [" ", "zzz"], user: "u-1" },
    rpc: { prompts: ["The river"], sampling: { seed: 5n, maxTokens: 40, stop: [" ", "zzz"] }, user: "u-1" },
    check: ({ choices }) => expect(choices[0]?.text.trimStart()).not.toContain(" "),
  },
];

describe.each(FEATURES)("$name", ({ rest, rpc, check }) => {
  test("answers in the same way through both doors, whole and streamed", async () => {
    const model = DEMO_MODEL;
    const { message, seal } = await demo.rpc.complete({ model, ...rpc });
    expect(seal).toMatchObject({ status: "complete", chunkCount: 1n, responseId: message.id });
    const whole = fromRpc([message]);
    expect(rpcUsage(seal.usage)).toEqual(whole.usage);
    check(whole);

    expect(fromRest([await demo.rest.completions.create({ model, ...rest })])).toEqual(whole);

    const stream = demo.rpc.streamComplete({ model, ...rpc });
    expect(fromRpc(await allOf(stream))).toEqual(whole);
    expect(rpcUsage((await stream.seal).usage)).toEqual(whole.usage);

    const streaming = { stream: true, stream_options: { include_usage: true } } as const;
    expect(fromRest(await allOf(await demo.rest.completions.create({ model, ...rest, ...streaming })))).toEqual(whole);
  });
});
