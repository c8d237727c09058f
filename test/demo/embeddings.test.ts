import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoServer } from "../../src/demo/index.ts";
import { post, postJson, startFast } from "./demo-client.ts";

interface Embeddings {
  readonly data: readonly { readonly index: number; readonly embedding: number[] }[];
}

let server: DemoServer;
beforeAll(async () => {
  server = await startFast({ embeddingDimensions: 128 });
});
afterAll(() => server.close());

const embed = async (input: unknown, options: object = {}) => {
  const { data } = await postJson<Embeddings>(server.url, "/v1/embeddings", { model: "demo", input, ...options });
  return data.map(({ embedding }) => embedding);
};
const dot = (left: readonly number[] = [], right: readonly number[] = []) =>
  left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);

describe("embeddings", () => {
  test("are deterministic unit vectors", async () => {
    const inputs = ["The cat sleeps", "", "the of and", "東京"];
    const first = await embed(inputs);
    expect(await embed(inputs)).toEqual(first);
    for (const vector of first) {
      expect(vector).toHaveLength(128);
      expect(dot(vector, vector)).toBeCloseTo(1, 5);
    }
  });

  test("lie nearer for texts that say similar things", async () => {
    const [one, two, other] = await embed([
      "How do I reset my password?",
      "I forgot my password, how can I reset it?",
      "The tide comes in twice a day",
    ]);
    expect(dot(one, two)).toBeGreaterThan(0.5);
    expect(dot(one, other)).toBeLessThan(0.3);
  });

  test("can be cut to fewer dimensions and stay unit vectors", async () => {
    const [short] = await embed("The cat sleeps", { dimensions: 16 });
    expect(short).toHaveLength(16);
    expect(dot(short, short)).toBeCloseTo(1, 5);
  });

  test("base64 carries the same little-endian floats", async () => {
    const [floats] = await embed("The cat sleeps");
    const { data } = await postJson<{ data: { embedding: string }[] }>(server.url, "/v1/embeddings", {
      input: "The cat sleeps",
      encoding_format: "base64",
    });
    const bytes = Buffer.from(data[0]?.embedding ?? "", "base64");
    expect(Array.from({ length: bytes.length / 4 }, (_value, index) => bytes.readFloatLE(index * 4))).toEqual(floats);
  });

  test("of token arrays are those of their text", async () => {
    const { tokens } = await postJson<{ tokens: number[] }>(server.url, "/tokenize", { prompt: "The cat sleeps" });
    expect(await embed([tokens])).toEqual(await embed("The cat sleeps"));
    expect(await embed(tokens)).toEqual(await embed("The cat sleeps"));
  });

  test.each([
    [{ input: "a", dimensions: 129 }, "dimensions"],
    [{ input: "a", encoding_format: "int8" }, "encoding_format"],
    [{ input: [] }, "input"],
    [{ input: [{}] }, "input[0]"],
    [{}, "input"],
  ])("refuse %o", async (body, param) => {
    const response = await post(server.url, "/v1/embeddings", body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param } });
  });
});

describe("rerank and score", () => {
  const documents = ["Bees make honey", "Paris is the capital of France", "France borders Spain"];

  test.each(["/rerank", "/v1/rerank", "/v2/rerank"])("%s puts the best document first", async (path) => {
    const { results } = await postJson<{
      results: { index: number; relevance_score: number; document: { text: string } }[];
    }>(server.url, path, { query: "What is the capital of France?", documents });
    expect(results.map(({ index }) => index)).toEqual([1, 2, 0]);
    expect(results[0]?.document).toEqual({ text: documents[1] });
    for (const { relevance_score } of results) expect(relevance_score > 0 && relevance_score < 1).toBe(true);
    const top = await postJson<{ results: unknown[] }>(server.url, path, { query: "honey", documents, top_n: 1 });
    expect(top.results).toEqual([expect.objectContaining({ index: 0 })]);
  });

  test.each(["/score", "/v1/score"])("%s scores one against many and pairs", async (path) => {
    const scores = async (text_1: unknown, text_2: unknown) =>
      (await postJson<{ data: { score: number }[] }>(server.url, path, { text_1, text_2 })).data.map(
        ({ score }) => score,
      );
    const [low, high] = await scores("capital of France", documents.slice(0, 2));
    expect(high).toBeGreaterThan(low ?? 1);
    expect(await scores(["capital of France", "honey"], [documents[1], documents[0]])).toHaveLength(2);
    expect((await post(server.url, path, { text_1: ["a", "b"], text_2: ["a", "b", "c"] })).status).toBe(400);
  });
});
