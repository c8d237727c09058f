import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ChatInputSchema, Role, ToolChoice_Mode } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { CompletionInputSchema } from "../../gen/ts/countersign/inference/v1/completion_pb.ts";
import { EmbeddingInputSchema } from "../../gen/ts/countersign/inference/v1/embedding_pb.ts";
import { TokenizeInputSchema } from "../../gen/ts/countersign/inference/v1/tokenization_pb.ts";
import { GatewayError } from "../../src/errors/index.ts";
import {
  chatRequestBody,
  completionRequestBody,
  embeddingRequestBody,
  tokenizeRequestBody,
} from "../../src/openai/index.ts";

const text = (value: string) => ({ part: { case: "text" as const, value } });
const USER = { role: Role.USER, content: [text("Hi")] };

function chat(input: MessageInitShape<typeof ChatInputSchema>, stream = false): Record<string, unknown> {
  const body = chatRequestBody("m", create(ChatInputSchema, { messages: [USER], ...input }), stream);
  return JSON.parse(body.toString("utf8")) as Record<string, unknown>;
}

/** The field an input is refused for; the message must hold nothing of the caller's. */
function refusedField(make: () => unknown): string | undefined {
  try {
    make();
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    expect(thrown.code).toBe("invalid_request");
    expect(thrown.message).toMatch(new RegExp(`^${thrown.param?.replace(/[[\].]/g, "\\$&")}: `));
    expect(thrown.message).not.toContain("SECRET");
    return thrown.param;
  }
  throw new Error("accepted");
}

describe("a chat request", () => {
  it("says no more than the caller did", () => {
    expect(chat({})).toEqual({ model: "m", messages: [{ role: "user", content: "Hi" }] });
    expect(chat({}, true)).toEqual({
      model: "m",
      messages: [{ role: "user", content: "Hi" }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it("carries every typed field under the engine's name", () => {
    const body = chat({
      messages: [
        { role: Role.SYSTEM, content: [text("S")], name: "n" },
        { role: Role.DEVELOPER, content: [text("a"), text("b")] },
        {
          role: Role.USER,
          content: [
            { part: { case: "imageUrl", value: { url: "https://i", detail: "low" } } },
            { part: { case: "imageUrl", value: { url: "https://j" } } },
            { part: { case: "inputAudio", value: { data: Uint8Array.of(1, 255), format: "wav" } } },
            { part: { case: "videoUrl", value: "https://v" } },
            { part: { case: "file", value: { filename: "f", fileId: "i" } } },
            { part: { case: "other", value: { type: "x", y: [1] } } },
          ],
        },
        { role: Role.ASSISTANT, toolCalls: [{ id: "c", name: "f", arguments: "{}" }], reasoning: "r", refusal: "no" },
        { role: Role.TOOL, content: [text("7")], toolCallId: "c" },
        { role: Role.ASSISTANT, extras: { annotations: [] } },
      ],
      sampling: {
        temperature: 0,
        topP: 0.5,
        topK: -1,
        minP: 0.1,
        frequencyPenalty: -2,
        presencePenalty: 2,
        repetitionPenalty: 1.1,
        seed: -(2n ** 53n - 1n),
        maxTokens: 0,
        stop: ["x"],
        logitBias: { 5: -100 },
        n: 2,
      },
      tools: [{ name: "f-1_A", description: "d", parameters: { type: "object" }, strict: false }, { name: "g" }],
      toolChoice: { choice: { case: "function", value: "f" } },
      parallelToolCalls: false,
      responseFormat: { format: { case: "jsonSchema", value: { name: "s", schema: { a: 1 }, strict: true } } },
      logprobs: true,
      topLogprobs: 20,
      reasoningEffort: "low",
      user: "u",
      extras: { chat_template_kwargs: { enable_thinking: false } },
    });
    expect(body).toEqual({
      model: "m",
      messages: [
        { role: "system", content: "S", name: "n" },
        {
          role: "developer",
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
          ],
        },
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "https://i", detail: "low" } },
            { type: "image_url", image_url: { url: "https://j" } },
            { type: "input_audio", input_audio: { data: "Af8=", format: "wav" } },
            { type: "video_url", video_url: { url: "https://v" } },
            { type: "file", file: { filename: "f", file_id: "i" } },
            { type: "x", y: [1] },
          ],
        },
        {
          role: "assistant",
          tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
          reasoning_content: "r",
          refusal: "no",
        },
        { role: "tool", content: "7", tool_call_id: "c" },
        { role: "assistant", content: null, annotations: [] },
      ],
      temperature: 0,
      top_p: 0.5,
      top_k: -1,
      min_p: 0.1,
      frequency_penalty: -2,
      presence_penalty: 2,
      repetition_penalty: 1.1,
      seed: -9007199254740991,
      max_tokens: 0,
      stop: ["x"],
      logit_bias: { "5": -100 },
      n: 2,
      tools: [
        {
          type: "function",
          function: { name: "f-1_A", description: "d", parameters: { type: "object" }, strict: false },
        },
        { type: "function", function: { name: "g" } },
      ],
      tool_choice: { type: "function", function: { name: "f" } },
      parallel_tool_calls: false,
      response_format: { type: "json_schema", json_schema: { name: "s", schema: { a: 1 }, strict: true } },
      logprobs: true,
      top_logprobs: 20,
      reasoning_effort: "low",
      user: "u",
      chat_template_kwargs: { enable_thinking: false },
    });
  });

  it.each([
    [ToolChoice_Mode.AUTO, "auto"],
    [ToolChoice_Mode.NONE, "none"],
    [ToolChoice_Mode.REQUIRED, "required"],
  ])("names mode %i of tool choice", (value, name) => {
    expect(chat({ toolChoice: { choice: { case: "mode", value } } })["tool_choice"]).toBe(name);
  });

  it.each([
    [{ case: "text" as const, value: {} }, { type: "text" }],
    [{ case: "jsonObject" as const, value: {} }, { type: "json_object" }],
  ])("names the form %o", (format, expected) => {
    expect(chat({ responseFormat: { format } })["response_format"]).toEqual(expected);
  });

  it("is the same bytes for the same input", () => {
    const input = create(ChatInputSchema, { messages: [USER], extras: { b: 1, a: 2 } });
    expect(chatRequestBody("m", input, true).equals(chatRequestBody("m", input, true))).toBe(true);
  });

  const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

  it.each<[string, MessageInitShape<typeof ChatInputSchema>]>([
    ["messages", { messages: [] }],
    ["messages", { messages: many(4097, USER) }],
    ["messages[1].role", { messages: [USER, { content: [text("SECRET")] }] }],
    ["messages[0].role", { messages: [{ ...USER, role: 99 as Role }] }],
    ["messages[0].content", { messages: [{ role: Role.USER, content: many(1025, text("SECRET")) }] }],
    ["messages[0].content[1]", { messages: [{ role: Role.USER, content: [text("a"), {}] }] }],
    ["messages[0].tool_calls", { messages: [{ role: Role.ASSISTANT, toolCalls: many(1025, {}) }] }],
    ["tools", { tools: many(1025, { name: "f" }) }],
    ["tools[1].name", { tools: [{ name: "f" }, { name: "SECRET name" }] }],
    ["tools[0].name", { tools: [{ name: "x".repeat(65) }] }],
    ["tools[0].name", { tools: [{ name: "f\n" }] }],
    ["tool_choice", { toolChoice: {} }],
    ["tool_choice", { toolChoice: { choice: { case: "mode", value: ToolChoice_Mode.UNSPECIFIED } } }],
    ["response_format", { responseFormat: {} }],
    ["top_logprobs", { topLogprobs: 1 }],
    ["top_logprobs", { logprobs: true, topLogprobs: 21 }],
    ["sampling.n", { sampling: { n: 0 } }],
    ["sampling.n", { sampling: { n: 129 } }],
    ["sampling.stop", { sampling: { stop: many(17, "SECRET") } }],
    ["sampling.seed", { sampling: { seed: 2n ** 53n } }],
    ["sampling.seed", { sampling: { seed: -(2n ** 63n) } }],
    ["sampling.temperature", { sampling: { temperature: Number.NaN } }],
    ["sampling.temperature", { sampling: { temperature: -0.1 } }],
    ["sampling.temperature", { sampling: { temperature: 2.1 } }],
    ["sampling.top_p", { sampling: { topP: 1.1 } }],
    ["sampling.top_k", { sampling: { topK: -2 } }],
    ["sampling.min_p", { sampling: { minP: -0.1 } }],
    ["sampling.frequency_penalty", { sampling: { frequencyPenalty: 2.5 } }],
    ["sampling.presence_penalty", { sampling: { presencePenalty: -2.5 } }],
    ["sampling.repetition_penalty", { sampling: { repetitionPenalty: 0 } }],
    ["sampling.logit_bias", { sampling: { logitBias: { 1: 101 } } }],
    ["sampling.top_p", { sampling: { topP: Number.POSITIVE_INFINITY } }],
    ["sampling.logit_bias", { sampling: { logitBias: { 1: 1, 2: Number.NEGATIVE_INFINITY } } }],
  ])("is refused for %s", (field, input) => {
    expect(refusedField(() => chat(input))).toBe(field);
  });

  const TYPED =
    "model messages stream stream_options temperature top_p top_k min_p frequency_penalty presence_penalty repetition_penalty seed max_tokens stop logit_bias n user tools tool_choice parallel_tool_calls response_format logprobs top_logprobs reasoning_effort";

  it.each(TYPED.split(" "))("does not take %s as an extra: nothing is said twice", (name) => {
    expect(refusedField(() => chat({ extras: { [name]: "SECRET" } }))).toBe(`extras.${name}`);
  });

  it.each(["role", "content", "name", "tool_calls", "tool_call_id", "reasoning", "reasoning_content", "refusal"])(
    "does not take %s as an extra of a message",
    (name) => {
      expect(refusedField(() => chat({ messages: [{ ...USER, extras: { [name]: "SECRET" } }] }))).toBe(
        `messages[0].extras.${name}`,
      );
    },
  );

  it("cannot be changed through the prototype", () => {
    const extras = JSON.parse('{"__proto__":{"stream":true,"model":"other"},"x":1}') as Record<string, never>;
    expect(chat({ extras })).toEqual({ model: "m", messages: [{ role: "user", content: "Hi" }], x: 1 });
  });
});

describe("a completion request", () => {
  const build = (input: MessageInitShape<typeof CompletionInputSchema>, stream = false): unknown =>
    JSON.parse(completionRequestBody("m", create(CompletionInputSchema, input), stream).toString());
  const prompt = { form: { case: "text" as const, value: "Hi" } };
  const ids = { form: { case: "tokenIds" as const, value: { ids: [1, 2] } } };

  it("carries one prompt as it is, several as a list, and every typed field", () => {
    expect(build({ prompts: [prompt] })).toEqual({ model: "m", prompt: "Hi" });
    expect(build({ prompts: [ids] }, true)).toEqual({
      model: "m",
      prompt: [1, 2],
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(
      build({
        prompts: [prompt, ids],
        sampling: { maxTokens: 3 },
        suffix: "s",
        echo: true,
        logprobs: 0,
        bestOf: 2,
        user: "u",
        extras: { x: 1 },
      }),
    ).toEqual({
      model: "m",
      prompt: ["Hi", [1, 2]],
      max_tokens: 3,
      suffix: "s",
      echo: true,
      logprobs: 0,
      best_of: 2,
      user: "u",
      x: 1,
    });
  });

  it.each<[string, MessageInitShape<typeof CompletionInputSchema>]>([
    ["prompts", {}],
    ["prompts", { prompts: Array.from({ length: 1025 }, () => prompt) }],
    ["prompts[1]", { prompts: [prompt, {}] }],
    ["logprobs", { prompts: [prompt], logprobs: 21 }],
    ["extras.prompt", { prompts: [prompt], extras: { prompt: "SECRET" } }],
    ["extras.best_of", { prompts: [prompt], extras: { best_of: 2 } }],
  ])("is refused for %s", (field, input) => {
    expect(refusedField(() => build(input))).toBe(field);
  });
});

describe("an embedding request", () => {
  const build = (input: MessageInitShape<typeof EmbeddingInputSchema>): unknown =>
    JSON.parse(embeddingRequestBody("m", create(EmbeddingInputSchema, input)).toString());
  const input = { form: { case: "text" as const, value: "Hi" } };

  it("asks for floats, and never for a stream (B03)", () => {
    expect(build({ inputs: [input] })).toEqual({ model: "m", input: "Hi", encoding_format: "float" });
    expect(build({ inputs: [input, input], dimensions: 8, user: "u", extras: { truncate: true } })).toEqual({
      model: "m",
      input: ["Hi", "Hi"],
      encoding_format: "float",
      dimensions: 8,
      user: "u",
      truncate: true,
    });
  });

  it.each<[string, MessageInitShape<typeof EmbeddingInputSchema>]>([
    ["inputs", {}],
    ["inputs", { inputs: Array.from({ length: 2049 }, () => input) }],
    ["inputs[0]", { inputs: [{}] }],
    ["extras.encoding_format", { inputs: [input], extras: { encoding_format: "base64" } }],
    ["extras.stream", { inputs: [input], extras: { stream: true } }],
  ])("is refused for %s", (field, value) => {
    expect(refusedField(() => build(value))).toBe(field);
  });
});

describe("a tokenization request", () => {
  const build = (input: MessageInitShape<typeof TokenizeInputSchema>): unknown =>
    JSON.parse(tokenizeRequestBody("m", create(TokenizeInputSchema, input)).toString());

  it("carries a text or a conversation", () => {
    expect(build({ text: "Hi" })).toEqual({ model: "m", prompt: "Hi" });
    expect(build({ messages: [USER], addSpecialTokens: false, returnTokenStrings: true })).toEqual({
      model: "m",
      messages: [{ role: "user", content: "Hi" }],
      add_special_tokens: false,
      return_token_strs: true,
    });
  });

  it("is refused for both, and for what is wrong with a message", () => {
    expect(refusedField(() => build({ text: "SECRET", messages: [USER] }))).toBe("text");
    expect(refusedField(() => build({ messages: [{ content: [text("SECRET")] }] }))).toBe("messages[0].role");
  });
});
