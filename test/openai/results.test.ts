import { type DescMessage, fromBinary, type JsonObject, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ChatResultSchema, Role } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { CompletionResultSchema } from "../../gen/ts/countersign/inference/v1/completion_pb.ts";
import { EmbeddingResultSchema } from "../../gen/ts/countersign/inference/v1/embedding_pb.ts";
import { TokenizeResultSchema } from "../../gen/ts/countersign/inference/v1/tokenization_pb.ts";
import { GatewayError } from "../../src/errors/index.ts";
import {
  addCompletionEvent,
  chatResult,
  completionResult,
  embeddingResult,
  parseAnswer,
  tokenizeResult,
} from "../../src/openai/index.ts";

/** Through the wire: what cannot be encoded is no result. */
function sent<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): MessageShape<Desc> {
  return fromBinary(schema, toBinary(schema, message));
}

function protocolError(make: () => unknown): string {
  try {
    make();
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    expect(thrown.code).toBe("engine_protocol");
    return thrown.message;
  }
  throw new Error("accepted");
}

describe("an engine's answer", () => {
  it("has to be a JSON object", () => {
    expect(parseAnswer(Buffer.from('{"a":1}'))).toEqual({ a: 1 });
    for (const body of ["", "SECRET", "[1]", "null", "3", '"SECRET"', '{"a":1']) {
      expect(protocolError(() => parseAnswer(Buffer.from(body)))).not.toContain("SECRET");
    }
  });
});

describe("a chat result", () => {
  const chat = (answer: JsonObject) => sent(ChatResultSchema, chatResult(answer));

  it("holds everything the engine said (S05)", () => {
    const result = chat({
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1_767_225_600,
      model: "modèle",
      system_fingerprint: "fp",
      service_tier: "default",
      usage: {
        prompt_tokens: 1,
        completion_tokens: 2,
        total_tokens: 3,
        completion_tokens_details: { reasoning_tokens: 1 },
      },
      prompt_logprobs: [null, { a: 1 }],
      kv_transfer_params: null,
      choices: [
        {
          index: 3,
          finish_reason: "tool_calls",
          stop_reason: 7,
          token_ids: [1, 2],
          logprobs: {
            content: [
              { token: "✓", logprob: -0.5, bytes: [226, 156, 147], top_logprobs: [{ token: "x", logprob: -9 }] },
            ],
            refusal: null,
          },
          message: {
            role: "assistant",
            content: "hé😀",
            reasoning_content: "because",
            refusal: "no",
            tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
            annotations: [{ type: "url" }],
            function_call: { name: "old" },
            audio: { id: "a" },
          },
        },
      ],
    });
    expect(result).toMatchObject({
      id: "chatcmpl-1",
      created: 1_767_225_600n,
      model: "modèle",
      systemFingerprint: "fp",
      serviceTier: "default",
      usage: { promptTokens: 1n, completionTokens: 2n, totalTokens: 3n, cachedTokens: 0n, reasoningTokens: 1n },
      extras: { prompt_logprobs: [null, { a: 1 }] },
    });
    const [choice] = result.choices;
    expect(choice).toMatchObject({
      index: 3,
      finishReason: "tool_calls",
      extras: { stop_reason: 7, token_ids: [1, 2] },
    });
    expect(choice?.logprobs?.content).toMatchObject([
      { token: "✓", logprob: -0.5, bytes: Uint8Array.of(226, 156, 147), top: [{ token: "x", logprob: -9, top: [] }] },
    ]);
    expect(choice?.message).toMatchObject({
      role: Role.ASSISTANT,
      content: [{ part: { case: "text", value: "hé😀" } }],
      reasoning: "because",
      refusal: "no",
      toolCalls: [{ id: "c", name: "f", arguments: "{}" }],
      extras: { annotations: [{ type: "url" }], function_call: { name: "old" }, audio: { id: "a" } },
    });
  });

  it("keeps what has no typed place", () => {
    const call = { id: "c", type: "custom", custom: { name: "n" } };
    const message = { role: "critic", reasoning_content: "a", reasoning: "b", refusal: 7, tool_calls: [call] };
    expect(chat({ choices: [{ index: 0, message }] }).choices[0]?.message).toMatchObject({
      role: Role.UNSPECIFIED,
      reasoning: "a",
      extras: { role: "critic", reasoning: "b", refusal: 7, tool_calls: [call] },
    });
  });

  it("takes content in parts, and none at all", () => {
    const of = (content: JsonObject["x"]) => chat({ choices: [{ message: { content } }] }).choices[0]?.message?.content;
    expect(
      of([
        { type: "text", text: "a" },
        { type: "image", url: "u" },
      ]),
    ).toMatchObject([
      { part: { case: "text", value: "a" } },
      { part: { case: "other", value: { type: "image", url: "u" } } },
    ]);
    expect(of(null)).toEqual([]);
    expect(of("")).toEqual([]);
  });

  it("survives an engine that sends nonsense", () => {
    for (const choices of [null, "x", [null, 3], [{ message: 3, index: -1, logprobs: "x", finish_reason: {} }]]) {
      expect(chat({ id: 7, created: 1.5, choices, usage: [] })).toMatchObject({ id: "", created: 0n });
    }
    const deep = JSON.parse(`${'{"top_logprobs":['.repeat(500)}{}${"]}".repeat(500)}`) as JsonObject;
    expect(chat({ choices: [{ logprobs: { content: [deep] } }] }).choices[0]?.logprobs?.content[0]?.top).toHaveLength(
      1,
    );
  });

  it("is refused if an untyped field nests too deeply", () => {
    const deep = JSON.parse(`${"[".repeat(25)}${"]".repeat(25)}`) as JsonObject[];
    for (const answer of [
      { x: deep },
      { choices: [{ x: deep }] },
      { choices: [{ message: { x: deep } }] },
      { choices: [{ message: { content: [{ type: "x", x: deep }] } }] },
    ] as JsonObject[]) {
      expect(protocolError(() => chat(answer))).toContain("24 levels");
    }
  });
});

describe("a completion result", () => {
  const completion = (answer: JsonObject) => sent(CompletionResultSchema, completionResult(answer));

  it("holds everything the engine said (S01, S05)", () => {
    expect(
      completion({
        id: "cmpl-1",
        created: 5,
        model: "m",
        system_fingerprint: "fp",
        usage: { prompt_tokens: 1 },
        x: 1,
        choices: [
          {
            index: 1,
            text: "hé",
            finish_reason: "stop",
            stop_reason: "END",
            logprobs: {
              tokens: ["a", "b"],
              token_logprobs: [null, -1],
              top_logprobs: [null, { b: -1, __proto_: -2 }],
              text_offset: [0, 1],
            },
          },
        ],
      }),
    ).toMatchObject({
      id: "cmpl-1",
      created: 5n,
      model: "m",
      systemFingerprint: "fp",
      usage: { promptTokens: 1n },
      extras: { x: 1 },
      choices: [
        {
          index: 1,
          text: "hé",
          finishReason: "stop",
          extras: { stop_reason: "END" },
          logprobs: {
            tokens: ["a", "b"],
            tokenLogprobs: [Number.NaN, -1],
            topLogprobs: [{ logprobs: {} }, { logprobs: { b: -1, __proto_: -2 } }],
            textOffsets: [0, 1],
          },
        },
      ],
    });
  });

  it("gathers the events of one read; only the first has the head", () => {
    const result = completionResult({});
    const event = { id: "c", model: "m", created: 5, choices: [{ index: 0, text: "a" }] };
    addCompletionEvent(result, event, true);
    addCompletionEvent(result, { ...event, id: "other", choices: [{ index: 1, text: "b" }], x: 1 }, false);
    addCompletionEvent(result, { choices: [], usage: { completion_tokens: 2 }, y: 2 }, false);
    expect(sent(CompletionResultSchema, result)).toMatchObject({
      id: "c",
      choices: [{ text: "a" }, { index: 1, text: "b" }],
      usage: { completionTokens: 2n },
      extras: { x: 1, y: 2 },
    });
  });

  it("survives an engine that sends nonsense", () => {
    for (const logprobs of [3, [], { tokens: 3, token_logprobs: ["x", {}], top_logprobs: [[]], text_offset: [-1] }]) {
      completion({ choices: [{ text: 3, logprobs }, null] });
    }
    const key = JSON.parse('{"\\ud800":-1,"__proto__":-2}') as JsonObject;
    completion({ choices: [{ logprobs: { top_logprobs: [key] } }] });
  });
});

describe("an embedding result", () => {
  const embedding = (answer: JsonObject) => sent(EmbeddingResultSchema, embeddingResult(answer));
  const LARGEST = 3.4028234663852886e38;

  it("holds the vectors with their places", () => {
    const result = embedding({
      id: "e",
      model: "m",
      usage: { prompt_tokens: 4 },
      data: [
        { index: 1, embedding: [0.5, -LARGEST, 0] },
        { index: 0, embedding: [] },
      ],
    });
    expect(result).toMatchObject({ id: "e", model: "m", usage: { promptTokens: 4n } });
    expect(result.embeddings.map(({ index, values }) => [index, values])).toEqual([
      [1, [0.5, -LARGEST, 0]],
      [0, []],
    ]);
  });

  it.each([
    ["no data", {}],
    ["data that is none", { data: {} }],
    ["an entry that is none", { data: [{ embedding: [1] }, null] }],
    ["no vector", { data: [{ index: 0 }] }],
    ["base64", { data: [{ embedding: "AAAA" }] }],
    ["text in a vector", { data: [{ embedding: [1, "2"] }] }],
    ["null in a vector", { data: [{ embedding: [1, null] }] }],
    ["a number beyond floats", { data: [{ embedding: [3.4028235e38] }] }],
    ["infinity", { data: [{ embedding: [Number.NEGATIVE_INFINITY] }] }],
  ])("is refused for %s", (_what, answer) => {
    protocolError(() => embedding(answer as JsonObject));
  });
});

describe("a tokenization result", () => {
  it("holds the tokens, or is refused", () => {
    const result = tokenizeResult({ count: 2, max_model_len: 4096, tokens: [1, 2 ** 32 - 1], token_strs: ["a", "é"] });
    expect(sent(TokenizeResultSchema, result)).toMatchObject({
      count: 2,
      maxModelLength: 4096,
      tokenIds: [1, 2 ** 32 - 1],
      tokenStrings: ["a", "é"],
    });
    expect(tokenizeResult({ tokens: [] })).toMatchObject({ tokenIds: [], tokenStrings: [] });
    for (const tokens of [undefined, null, "x", {}]) protocolError(() => tokenizeResult({ tokens } as JsonObject));
  });
});
