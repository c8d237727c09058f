import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rpcUsage } from "../support/chat-outcome.ts";
import { DEMO_MODEL, type DemoAndClients, startDemoAndClients } from "../support/demo-and-clients.ts";

let demo: DemoAndClients;
beforeAll(async () => {
  demo = await startDemoAndClients();
});
afterAll(() => demo[Symbol.asyncDispose]());

describe("Embed", () => {
  test.each([
    { name: "one text", inputs: ["The river"], dimensions: undefined },
    { name: "several texts, shortened", inputs: ["The river", "The sea", "thé 茶"], dimensions: 16 },
  ])("$name: the same vectors through both doors", async ({ inputs, dimensions }) => {
    const shortened = dimensions === undefined ? {} : { dimensions };
    const { message, seal } = await demo.rpc.embed({ model: DEMO_MODEL, inputs, ...shortened });
    const rest = await demo.rest.embeddings.create({
      model: DEMO_MODEL,
      input: inputs,
      encoding_format: "float",
      ...shortened,
    });
    expect(message.embeddings.map(({ index }) => index)).toEqual(inputs.map((_, index) => index));
    // REST carries decimal text, RPC single-precision floats.
    const single = rest.data.map(({ embedding }) => embedding.map(Math.fround));
    expect(message.embeddings.map(({ values }) => values)).toEqual(single);
    expect(message.embeddings[0]?.values).toHaveLength(dimensions ?? 256);
    expect(rpcUsage(seal.usage)).toEqual(rpcUsage(message.usage));
    expect(rpcUsage(seal.usage)).toMatchObject({ prompt: rest.usage.prompt_tokens, total: rest.usage.total_tokens });
    expect(seal).toMatchObject({ status: "complete", chunkCount: 1n, responseId: message.id });
  });

  test("token ids are the text they stand for", async () => {
    const tokens = (await demo.rpc.tokenize({ model: DEMO_MODEL, text: "The river" })).message.tokenIds;
    const byText = await demo.rpc.embed({ model: DEMO_MODEL, inputs: ["The river"] });
    const inputs = [{ form: { case: "tokenIds", value: { ids: tokens } } } as const];
    const byTokens = await demo.rpc.embed({ model: DEMO_MODEL, inputs });
    expect(byTokens.message.embeddings).toEqual(byText.message.embeddings);
  });

  test("the SDK's default form is passed through as well", async () => {
    const { data } = await demo.rest.embeddings.create({ model: DEMO_MODEL, input: "The river" });
    const { message } = await demo.rpc.embed({ model: DEMO_MODEL, inputs: ["The river"] });
    expect(message.embeddings[0]?.values).toEqual(data[0]?.embedding);
  });
});

describe("Tokenize", () => {
  /** What the engine says itself: there is no REST route for it here. */
  async function engineTokens(body: object): Promise<{ count: number; tokens: number[]; token_strs: string[] }> {
    const response = await fetch(`${demo.engineUrl}/tokenize`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: DEMO_MODEL, ...body, return_token_strs: true }),
    });
    return (await response.json()) as Awaited<ReturnType<typeof engineTokens>>;
  }

  test("a text, with its tokens as text", async () => {
    const text = "Rivers carry thé to 茶.";
    const { message, seal } = await demo.rpc.tokenize({ model: DEMO_MODEL, text, returnTokenStrings: true });
    const { count, tokens, token_strs } = await engineTokens({ prompt: text });
    expect(message).toMatchObject({ count, tokenIds: tokens, tokenStrings: token_strs, maxModelLength: 32_768 });
    expect(count).toBeGreaterThan(3);
    expect(seal).toMatchObject({ status: "complete", chunkCount: 1n, usage: undefined });
  });

  test("a conversation, without text", async () => {
    const messages = [{ role: "user", content: "Hello!" } as const];
    const { message } = await demo.rpc.tokenize({ model: DEMO_MODEL, messages });
    expect(message).toMatchObject({ tokenIds: (await engineTokens({ messages })).tokens, tokenStrings: [] });
  });

  test("an empty text has no tokens", async () => {
    const { message } = await demo.rpc.tokenize({ model: DEMO_MODEL, text: "" });
    expect(message).toMatchObject({ count: 0, tokenIds: [] });
  });
});

test("ListModels names what REST lists", async () => {
  const [model, ...others] = await demo.rpc.listModels();
  expect(others).toEqual([]);
  const { data } = await demo.rest.models.list();
  expect(data).toEqual([
    expect.objectContaining({ id: model?.name, created: Number(model?.created), owned_by: model?.ownedBy }),
  ]);
  expect(model).toMatchObject({ name: DEMO_MODEL, maxModelLength: 32_768 });
});
