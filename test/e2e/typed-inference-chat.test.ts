import type { ChatCompletionCreateParamsNonStreaming, ChatCompletionTool } from "openai/resources/chat/completions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChatRequestInput } from "../../clients/typescript/src/index.ts";
import { Role, ToolChoice_Mode } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { allOf } from "../support/all-of.ts";
import {
  type ChatOutcome,
  fromRestAnswer,
  fromRestEvents,
  fromRpcAnswer,
  fromRpcChunks,
  rpcUsage,
} from "../support/chat-outcome.ts";
import { DEMO_MODEL, type DemoAndClients, startDemoAndClients } from "../support/demo-and-clients.ts";

let demo: DemoAndClients;
beforeAll(async () => {
  demo = await startDemoAndClients();
});
afterAll(() => demo[Symbol.asyncDispose]());

/** One feature, asked for through each door, and what its answer must be like. */
interface Feature {
  readonly name: string;
  readonly rest: Omit<ChatCompletionCreateParamsNonStreaming, "model" | "stream">;
  readonly rpc: Omit<ChatRequestInput, "model">;
  readonly check: (outcome: ChatOutcome) => void;
}

/** The same question through both doors. */
const question = (content: string) => ({ messages: [{ role: "user" as const, content }] });

const WEATHER = {
  name: "get_weather",
  description: "The weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const CLOCK = {
  name: "get_time",
  description: "The time of day in a time zone",
  parameters: { type: "object", properties: { zone: { type: "string" } }, required: ["zone"] },
};
const REST_TOOLS: ChatCompletionTool[] = [WEATHER, CLOCK].map((tool) => ({ type: "function", function: tool }));
const TWO_CITIES = question("What is the weather in Paris and Rome?");

const ANIMAL = {
  type: "object",
  properties: { name: { type: "string" }, legs: { type: "integer" }, tame: { type: "boolean" } },
  required: ["name", "legs", "tame"],
  additionalProperties: false,
};

const only = ({ choices }: ChatOutcome) => {
  const [choice] = choices;
  if (choice === undefined || choices.length !== 1) throw new Error(`${choices.length} choices`);
  return choice;
};

/** One pixel, and an empty recording: the engine has to be given them, not to understand them. */
const PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
const RECORDING = Buffer.from("RIFF\x24\0\0\0WAVEfmt ", "latin1");

const FEATURES: readonly Feature[] = [
  {
    name: "plain text",
    rest: { ...question("Tell me about tea"), seed: 7 },
    rpc: { ...question("Tell me about tea"), sampling: { seed: 7n } },
    check(outcome) {
      expect(only(outcome)).toMatchObject({ calls: [], finishReason: "stop", reasoning: "", logprobs: [] });
      expect(only(outcome).content.length).toBeGreaterThan(20);
      expect(outcome).toMatchObject({ model: DEMO_MODEL, fingerprint: "countersign-demo" });
    },
  },
  {
    name: "every role and a name",
    rest: {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "developer", content: "Be kind." },
        { role: "user", content: "Hello!", name: "ada" },
        { role: "assistant", content: "Hello. What about?" },
        { role: "user", content: "Tell me about rivers" },
      ],
      seed: 1,
    },
    rpc: {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "developer", content: "Be kind." },
        { role: "user", content: "Hello!", name: "ada" },
        { role: "assistant", content: "Hello. What about?" },
        { role: "user", content: "Tell me about rivers" },
      ],
      sampling: { seed: 1n },
    },
    check: (outcome) => expect(only(outcome).content).toMatch(/river/i),
  },
  {
    name: "sampling options",
    rest: {
      ...question("Tell me about tea"),
      seed: 2 ** 40,
      temperature: 0.7,
      top_p: 0.9,
      frequency_penalty: 0.5,
      presence_penalty: -0.25,
      logit_bias: { "11": -100 },
      ...{ top_k: 40, min_p: 0.02 },
    },
    rpc: {
      ...question("Tell me about tea"),
      sampling: {
        seed: 2n ** 40n,
        temperature: 0.7,
        topP: 0.9,
        frequencyPenalty: 0.5,
        presencePenalty: -0.25,
        logitBias: { 11: -100 },
        topK: 40,
        minP: 0.02,
      },
    },
    check: (outcome) => expect(only(outcome).finishReason).toBe("stop"),
  },
  {
    name: "a greedy answer",
    rest: { ...question("Tell me about stars"), temperature: 0 },
    rpc: { ...question("Tell me about stars"), sampling: { temperature: 0 } },
    check: (outcome) => expect(only(outcome).content).not.toBe(""),
  },
  {
    name: "max_tokens",
    rest: { ...question("Tell me about tea"), seed: 3, max_tokens: 5 },
    rpc: { ...question("Tell me about tea"), sampling: { seed: 3n, maxTokens: 5 } },
    check(outcome) {
      expect(only(outcome).finishReason).toBe("length");
      expect(outcome.usage.completion).toBe(5);
    },
  },
  {
    name: "stop",
    rest: { ...question("Repeat after me: one two three four"), stop: [" three", "never"] },
    rpc: { ...question("Repeat after me: one two three four"), sampling: { stop: [" three", "never"] } },
    check: (outcome) => expect(only(outcome)).toMatchObject({ content: "one two", finishReason: "stop" }),
  },
  {
    name: "several choices",
    rest: { ...question("Tell me about tea"), seed: 5, n: 3 },
    rpc: { ...question("Tell me about tea"), sampling: { seed: 5n, n: 3 } },
    check: ({ choices }) => expect(new Set(choices.map(({ content }) => content)).size).toBe(3),
  },
  {
    name: "log probabilities with alternatives and bytes",
    rest: { ...question("Tell me about tea in French: thé"), seed: 6, logprobs: true, top_logprobs: 4 },
    rpc: {
      ...question("Tell me about tea in French: thé"),
      sampling: { seed: 6n },
      logprobs: true,
      topLogprobs: 4,
    },
    check(outcome) {
      const { logprobs, content } = only(outcome);
      expect(logprobs).toHaveLength(outcome.usage.completion);
      expect(Buffer.from(logprobs.flatMap(({ bytes }) => bytes)).toString("utf8")).toBe(content);
      for (const { logprob, top } of logprobs) {
        expect(logprob).toBeLessThanOrEqual(0);
        expect(top).toHaveLength(4);
        for (const alternative of top) expect(alternative.bytes.length).toBeGreaterThan(0);
      }
    },
  },
  {
    name: "log probabilities without alternatives",
    rest: { ...question("Tell me about tea"), seed: 6, logprobs: true },
    rpc: { ...question("Tell me about tea"), sampling: { seed: 6n }, logprobs: true },
    check: (outcome) => expect(only(outcome).logprobs).toHaveLength(outcome.usage.completion),
  },
  {
    name: "tools the model may call",
    rest: { ...TWO_CITIES, seed: 8, tools: REST_TOOLS, tool_choice: "auto" },
    rpc: {
      ...TWO_CITIES,
      sampling: { seed: 8n },
      tools: [WEATHER, CLOCK],
      toolChoice: { choice: { case: "mode", value: ToolChoice_Mode.AUTO } },
    },
    check(outcome) {
      const { calls, finishReason } = only(outcome);
      expect(finishReason).toBe("tool_calls");
      expect(calls.map(({ name }) => name)).toEqual(["get_weather", "get_weather"]);
      expect(calls.map((call) => JSON.parse(call.arguments))).toEqual([{ city: "Paris" }, { city: "Rome" }]);
    },
  },
  {
    name: "one tool call at a time",
    rest: { ...TWO_CITIES, seed: 8, tools: REST_TOOLS, parallel_tool_calls: false },
    rpc: { ...TWO_CITIES, sampling: { seed: 8n }, tools: [WEATHER, CLOCK], parallelToolCalls: false },
    check: (outcome) => expect(only(outcome).calls).toHaveLength(1),
  },
  {
    name: "a tool the model has to call",
    rest: { ...question("Hello!"), seed: 9, tools: REST_TOOLS, tool_choice: "required" },
    rpc: {
      ...question("Hello!"),
      sampling: { seed: 9n },
      tools: [WEATHER, CLOCK],
      toolChoice: { choice: { case: "mode", value: ToolChoice_Mode.REQUIRED } },
    },
    check: (outcome) => expect(only(outcome)).toMatchObject({ finishReason: "tool_calls", calls: [{}] }),
  },
  {
    name: "tools the model may not call",
    rest: { ...TWO_CITIES, seed: 9, tools: REST_TOOLS, tool_choice: "none" },
    rpc: {
      ...TWO_CITIES,
      sampling: { seed: 9n },
      tools: [WEATHER, CLOCK],
      toolChoice: { choice: { case: "mode", value: ToolChoice_Mode.NONE } },
    },
    check: (outcome) => expect(only(outcome)).toMatchObject({ finishReason: "stop", calls: [] }),
  },
  {
    name: "a tool by its name",
    rest: {
      ...TWO_CITIES,
      seed: 9,
      tools: REST_TOOLS,
      tool_choice: { type: "function", function: { name: "get_time" } },
    },
    rpc: {
      ...TWO_CITIES,
      sampling: { seed: 9n },
      tools: [WEATHER, CLOCK],
      toolChoice: { choice: { case: "function", value: "get_time" } },
    },
    check: (outcome) => expect(only(outcome).calls.map(({ name }) => name)).toEqual(["get_time"]),
  },
  {
    name: "results of tools",
    rest: {
      messages: [
        { role: "user", content: "What is the weather in Paris?" },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "call-1", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
          ],
        },
        { role: "tool", tool_call_id: "call-1", content: '{"sky":"violet"}' },
      ],
      seed: 10,
      tools: REST_TOOLS,
    },
    rpc: {
      messages: [
        { role: "user", content: "What is the weather in Paris?" },
        {
          role: Role.ASSISTANT,
          toolCalls: [{ id: "call-1", name: "get_weather", arguments: '{"city":"Paris"}' }],
        },
        { role: "tool", toolCallId: "call-1", content: '{"sky":"violet"}' },
      ],
      sampling: { seed: 10n },
      tools: [WEATHER, CLOCK],
    },
    check(outcome) {
      expect(only(outcome).content).toContain("get_weather");
      expect(only(outcome).content).toContain("sky: violet");
    },
  },
  {
    name: "JSON mode",
    rest: { ...question("Describe tea as JSON"), seed: 11, response_format: { type: "json_object" } },
    rpc: {
      ...question("Describe tea as JSON"),
      sampling: { seed: 11n },
      responseFormat: { format: { case: "jsonObject", value: {} } },
    },
    check: (outcome) => expect(JSON.parse(only(outcome).content)).toBeTypeOf("object"),
  },
  {
    name: "a JSON schema",
    rest: {
      ...question("Describe a dog"),
      seed: 12,
      response_format: { type: "json_schema", json_schema: { name: "animal", schema: ANIMAL, strict: true } },
    },
    rpc: {
      ...question("Describe a dog"),
      sampling: { seed: 12n },
      responseFormat: { format: { case: "jsonSchema", value: { name: "animal", schema: ANIMAL, strict: true } } },
    },
    check(outcome) {
      const animal = JSON.parse(only(outcome).content) as Record<string, unknown>;
      const types = Object.entries(animal).map(([name, value]) => [name, typeof value]);
      expect(Object.fromEntries(types)).toEqual({ name: "string", legs: "number", tame: "boolean" });
    },
  },
  {
    name: "the text format",
    rest: { ...question("Tell me about tea"), seed: 13, response_format: { type: "text" } },
    rpc: {
      ...question("Tell me about tea"),
      sampling: { seed: 13n },
      responseFormat: { format: { case: "text", value: {} } },
    },
    check: (outcome) => expect(only(outcome).content).not.toBe(""),
  },
  {
    name: "an image and a recording",
    rest: {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: PIXEL, detail: "low" } },
            { type: "input_audio", input_audio: { data: RECORDING.toString("base64"), format: "wav" } },
          ],
        },
      ],
      seed: 14,
    },
    rpc: {
      messages: [
        {
          role: Role.USER,
          content: [
            { part: { case: "text", value: "What is this?" } },
            { part: { case: "imageUrl", value: { url: PIXEL, detail: "low" } } },
            { part: { case: "inputAudio", value: { data: Uint8Array.from(RECORDING), format: "wav" } } },
          ],
        },
      ],
      sampling: { seed: 14n },
    },
    // The demo engine charges 256 tokens for each attachment it was given.
    check: (outcome) => expect(outcome.usage.prompt).toBeGreaterThan(2 * 256),
  },
  {
    name: "reasoning",
    rest: { ...question("Why is the sky blue?"), seed: 15, reasoning_effort: "low" },
    rpc: { ...question("Why is the sky blue?"), sampling: { seed: 15n }, reasoningEffort: "low" },
    check(outcome) {
      expect(only(outcome).reasoning).not.toBe("");
      expect(only(outcome).content).not.toBe("");
      expect(outcome.usage.reasoning).toBeGreaterThan(0);
      expect(outcome.usage.completion).toBeGreaterThan(outcome.usage.reasoning);
    },
  },
  {
    name: "engine fields that have no type",
    rest: { ...question("Tell me about tea"), seed: 16, max_tokens: 40, ...{ ignore_eos: true, min_tokens: 40 } },
    rpc: {
      ...question("Tell me about tea"),
      sampling: { seed: 16n, maxTokens: 40 },
      extras: { ignore_eos: true, min_tokens: 40 },
    },
    check: (outcome) => expect(outcome.usage.completion).toBe(40),
  },
];

async function overRest({ rest }: Feature): Promise<ChatOutcome> {
  return fromRestAnswer(await demo.rest.chat.completions.create({ model: DEMO_MODEL, ...rest }));
}

async function streamedOverRest({ rest }: Feature): Promise<ChatOutcome> {
  const streaming = { stream: true, stream_options: { include_usage: true } } as const;
  const stream = await demo.rest.chat.completions.create({ model: DEMO_MODEL, ...rest, ...streaming });
  return fromRestEvents(await allOf(stream));
}

async function overRpc({ rpc }: Feature): Promise<ChatOutcome> {
  const { message, seal } = await demo.rpc.chat({ model: DEMO_MODEL, ...rpc });
  expect(seal).toMatchObject({ status: "complete", chunkCount: 1n, responseId: message.id, model: DEMO_MODEL });
  const outcome = fromRpcAnswer(message);
  expect(rpcUsage(seal.usage)).toEqual(outcome.usage);
  return outcome;
}

async function streamedOverRpc({ rpc }: Feature): Promise<ChatOutcome> {
  const stream = demo.rpc.streamChat({ model: DEMO_MODEL, ...rpc });
  const chunks = await allOf(stream);
  const seal = await stream.seal;
  expect(seal).toMatchObject({ status: "complete", responseId: chunks[0]?.id, model: DEMO_MODEL });
  const outcome = fromRpcChunks(chunks);
  expect(rpcUsage(seal.usage)).toEqual(outcome.usage);
  return outcome;
}

describe.each(FEATURES)("$name", (feature) => {
  test("answers in the same way through both doors, whole and streamed", async () => {
    const whole = await overRpc(feature);
    feature.check(whole);
    expect(await overRest(feature)).toEqual(whole);
    expect(await streamedOverRpc(feature)).toEqual(whole);
    expect(await streamedOverRest(feature)).toEqual(whole);
  });
});

test("a seed repeats an answer, another one gives another", async () => {
  const ask = async (seed: bigint) =>
    fromRpcAnswer(
      (await demo.rpc.chat({ model: DEMO_MODEL, ...question("Tell me about tea"), sampling: { seed } })).message,
    );
  const first = await ask(1n);
  expect(await ask(1n)).toEqual(first);
  expect((await ask(2n)).choices).not.toEqual(first.choices);
});

test("calls arrive in fragments: id and name first, then pieces of the arguments", async () => {
  const stream = demo.rpc.streamChat({
    model: DEMO_MODEL,
    ...TWO_CITIES,
    tools: [WEATHER],
    sampling: { seed: 8n },
  });
  const fragments = (await allOf(stream)).flatMap(({ deltas }) => deltas).flatMap(({ toolCalls }) => toolCalls);
  for (const position of [0, 1]) {
    const [first, ...others] = fragments.filter(({ index }) => index === position);
    expect(first).toMatchObject({ id: expect.stringMatching(/./), name: "get_weather" });
    expect(others.length).toBeGreaterThan(0);
    for (const { id, name } of others) expect({ id, name }).toEqual({ id: "", name: "" });
  }
});
