import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Role } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { allOf } from "../support/all-of.ts";
import { type VerifyingClients, verifyingClients } from "../support/demo-and-clients.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { answerWith, DONE, streamOf, wantsStream } from "../support/engine-answers.ts";
import { type EngineScript, silence } from "../support/scripted-engine.ts";

let pair: EngineAndGateway;
let clients: VerifyingClients;
beforeAll(async () => {
  pair = await startEngineAndGateway(silence);
  clients = verifyingClients(pair.gateway);
});
afterAll(async () => {
  clients.rpc.close();
  await pair[Symbol.asyncDispose]();
});

const QUESTION = { model: "m", messages: [{ role: "user" as const, content: "Hi" }] };

/** Answers every request with a JSON body. */
const json = (body: object): EngineScript => answerWith(200, JSON.stringify(body));
/** Answers with events. */
const sse = (...events: readonly object[]): EngineScript =>
  streamOf(...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), DONE);

/** The JSON body of the engine request that `call` makes. */
async function sent(call: () => Promise<unknown>): Promise<unknown> {
  const arriving = pair.engine.next();
  await call();
  return JSON.parse((await arriving).body.toString("utf8"));
}

const NESTED = { flag: true, ratio: 0.25, big: 2 ** 53, list: [1, "two", null, { three: 3 }], none: null };

describe("fields the engine understands and the schema does not", () => {
  const ANSWER = { id: "1", model: "m", choices: [], data: [], tokens: [], usage: { prompt_tokens: 1 } };
  beforeAll(() => {
    pair.engine.script = (exchange) => (wantsStream(exchange) ? sse(ANSWER) : json(ANSWER))(exchange);
  });

  test("reach it from Chat and StreamChat as they do over REST", async () => {
    const extras = { chat_template_kwargs: NESTED, guided_regex: "a|b", "odd name é": 0 };
    const overRest = await sent(() => clients.rest.chat.completions.create({ ...QUESTION, ...extras } as never));
    expect(await sent(() => clients.rpc.chat({ ...QUESTION, extras }))).toEqual(overRest);
    const streaming = { stream: true, stream_options: { include_usage: true } };
    const streamed = await sent(() => clients.rpc.streamChat({ ...QUESTION, extras }).text());
    expect(streamed).toEqual({ ...(overRest as object), ...streaming });
  });

  test("reach it in a message and in a content part", async () => {
    const part = { type: "point_cloud", point_cloud: NESTED };
    const content = [{ part: { case: "other" as const, value: part } }];
    const messages = [{ role: Role.USER, content, extras: { cache_control: { type: "ephemeral" } } }];
    expect(await sent(() => clients.rpc.chat({ model: "m", messages }))).toEqual({
      model: "m",
      messages: [{ role: "user", content: [part], cache_control: { type: "ephemeral" } }],
    });
  });

  test("reach it from Complete and Embed", async () => {
    const extras = { priority: -1, nested: NESTED };
    const completion = { model: "m", prompt: "Hi", ...extras };
    expect(await sent(() => clients.rpc.complete({ model: "m", prompts: ["Hi"], extras }))).toEqual(completion);
    const embedding = { model: "m", input: "Hi", encoding_format: "float", ...extras };
    expect(await sent(() => clients.rpc.embed({ model: "m", inputs: ["Hi"], extras }))).toEqual(embedding);
  });
});

describe("fields the engine says and the schema does not know", () => {
  const USAGE = {
    prompt_tokens: 3,
    completion_tokens: 4,
    total_tokens: 7,
    prompt_tokens_details: { cached_tokens: 2, audio_tokens: 1 },
    completion_tokens_details: { reasoning_tokens: 1, accepted_prediction_tokens: 2 },
    queue_ms: 1.5,
  };
  const HEAD = { id: "chatcmpl-x", object: "chat.completion", created: 5, model: "m", service_tier: "gold" };

  test("come back from Chat at every level, and are what REST gives", async () => {
    const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}", signature: "s" } };
    const answer = {
      ...HEAD,
      prompt_logprobs: [null, { "5": { logprob: -1, rank: 1 } }],
      kv_transfer_params: NESTED,
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "Hello",
            reasoning: "first",
            audio: { id: "a1" },
            annotations: [{ type: "url_citation" }],
            tool_calls: [call],
          },
          finish_reason: "stop",
          stop_reason: 128009,
          matched_stop: "<|eot|>",
        },
      ],
      usage: USAGE,
    };
    pair.engine.script = json(answer);
    const { message: result, seal } = await clients.rpc.chat(QUESTION);
    expect(result).toMatchObject({ id: "chatcmpl-x", created: 5n, serviceTier: "gold" });
    expect(result.extras).toEqual({
      prompt_logprobs: answer.prompt_logprobs,
      kv_transfer_params: NESTED,
      usage: USAGE,
    });
    expect(result.choices[0]?.extras).toEqual({ stop_reason: 128009, matched_stop: "<|eot|>" });
    expect(result.choices[0]?.message).toMatchObject({
      reasoning: "first",
      toolCalls: [{ id: "c1", name: "f", arguments: "{}" }],
      extras: { audio: { id: "a1" }, annotations: [{ type: "url_citation" }], tool_calls: [call] },
    });
    expect(seal.usage).toMatchObject({ cachedTokens: 2n, reasoningTokens: 1n, totalTokens: 7n });
    expect(await clients.rest.chat.completions.create(QUESTION)).toMatchObject(answer);
  });

  test("come back from StreamChat at every level", async () => {
    const event = (choices: object[], more: object = {}) => ({
      ...HEAD,
      object: "chat.completion.chunk",
      choices,
      ...more,
    });
    const events = [
      event([{ index: 0, delta: { role: "assistant", content: "" } }], { trace: { span: "1" } }),
      event([{ index: 0, delta: { content: "Hel", mood: NESTED }, token_ids: [1, 2] }]),
      event([{ index: 0, delta: { content: "lo" }, finish_reason: "stop", stop_reason: "END" }]),
      event([], { usage: USAGE, timings: { predicted_ms: 12.5 } }),
    ];
    pair.engine.script = sse(...events);
    const stream = clients.rpc.streamChat(QUESTION);
    const chunks = await allOf(stream);
    const deltas = chunks.flatMap((chunk) => chunk.deltas);
    expect(deltas.map(({ content }) => content).join("")).toBe("Hello");
    expect(deltas.map(({ extras }) => extras)).toEqual([
      undefined,
      { mood: NESTED, token_ids: [1, 2] },
      { stop_reason: "END" },
    ]);
    const extras = Object.assign({}, ...chunks.map((chunk) => chunk.extras));
    expect(extras).toEqual({ trace: { span: "1" }, usage: USAGE, timings: { predicted_ms: 12.5 } });
    expect((await stream.seal).usage).toMatchObject({ promptTokens: 3n, cachedTokens: 2n });
    const overRest = await allOf(await clients.rest.chat.completions.create({ ...QUESTION, stream: true }));
    // The SDK adds nulls of its own.
    expect(overRest).toMatchObject(events);
  });

  test("come back from Complete, StreamComplete and Embed", async () => {
    const choice = { index: 0, text: "Hi", finish_reason: "stop", logprobs: null, prompt_token_ids: [1] };
    const head = { id: "cmpl-x", object: "text_completion", created: 5, model: "m", kv_transfer_params: NESTED };
    pair.engine.script = json({ ...head, choices: [choice], usage: USAGE });
    const { message: whole } = await clients.rpc.complete({ model: "m", prompts: ["Hi"] });
    expect(whole.extras).toEqual({ kv_transfer_params: NESTED, usage: USAGE });
    expect(whole.choices[0]?.extras).toEqual({ prompt_token_ids: [1] });

    pair.engine.script = sse({ ...head, choices: [choice] }, { ...head, choices: [], usage: USAGE });
    const chunks = await allOf(clients.rpc.streamComplete({ model: "m", prompts: ["Hi"] }));
    expect(Object.assign({}, ...chunks.map(({ extras }) => extras))).toEqual(whole.extras);
    expect(chunks.flatMap(({ choices }) => choices)).toEqual(whole.choices);

    pair.engine.script = json({
      data: [{ index: 0, embedding: [0.5, -1] }],
      model: "m",
      usage: USAGE,
      pooling: "mean",
    });
    const { message: vectors } = await clients.rpc.embed({ model: "m", inputs: ["Hi"] });
    expect(vectors.extras).toEqual({ usage: USAGE, pooling: "mean" });
    expect(vectors.embeddings[0]?.values).toEqual([0.5, -1]);
  });
});
