import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoServer } from "../../src/demo/index.ts";
import { post, postJson, readEvents, startFast, type Usage } from "./demo-client.ts";

interface Answer {
  readonly choices: readonly {
    readonly index: number;
    readonly text: string;
    readonly finish_reason: string | null;
    readonly logprobs: {
      text_offset: number[];
      tokens: string[];
      token_logprobs: (number | null)[];
      top_logprobs: (Record<string, number> | null)[];
    } | null;
  }[];
  readonly usage: Usage;
}

let server: DemoServer;
beforeAll(async () => {
  server = await startFast();
});
afterAll(() => server.close());
const complete = (body: object) => postJson<Answer>(server.url, "/v1/completions", { model: "demo", ...body });

describe("completions", () => {
  test("goes on with a text, sixteen tokens by default", async () => {
    const answer = await complete({ prompt: "Once upon a time" });
    expect(answer.usage.completion_tokens).toBe(16);
    expect(answer.choices[0]).toMatchObject({ finish_reason: "length", text: expect.stringMatching(/^ there \w+/) });
    expect((await complete({ prompt: "The capital of Norway is" })).choices[0]?.text).toMatch(/^ Oslo\./);
    expect((await complete({ prompt: "6 * 7 =" })).choices[0]?.text).toMatch(/^ 42\./);
  });

  test("takes several prompts, also as tokens, with several choices each", async () => {
    const { tokens } = await postJson<{ tokens: number[] }>(server.url, "/tokenize", {
      prompt: "The capital of Norway is",
    });
    const answer = await complete({ prompt: [tokens, tokens], n: 2, max_tokens: 1 });
    expect(answer.choices.map(({ index, text }) => [index, text])).toEqual(
      [0, 1, 2, 3].map((index) => [index, " Oslo"]),
    );
    expect(answer.usage.prompt_tokens).toBe(2 * tokens.length);
    expect((await complete({ prompt: tokens, max_tokens: 1 })).choices[0]?.text).toBe(" Oslo");
    expect(
      (await complete({ prompt: ["The capital of Norway is", "6 * 7 ="], max_tokens: 1 })).choices.map(
        ({ text }) => text,
      ),
    ).toEqual([" Oslo", " 42"]);
  });

  test("echoes with offsets that point at the tokens", async () => {
    const { choices } = await complete({ prompt: "The best way to", echo: true, logprobs: 3, max_tokens: 8, seed: 1 });
    const [choice] = choices;
    expect(choice?.text).toMatch(/^The best way to /);
    expect(choice?.logprobs?.token_logprobs[0]).toBeNull();
    choice?.logprobs?.tokens.forEach((token, index) => {
      const offset = choice.logprobs?.text_offset[index] ?? -1;
      expect(choice.text.slice(offset, offset + token.length)).toBe(token);
    });
    const scoring = await complete({ prompt: "The best way to", echo: true, logprobs: 0, max_tokens: 0 });
    expect(scoring.choices[0]).toMatchObject({ text: "The best way to", finish_reason: "length" });
    expect(scoring.usage.completion_tokens).toBe(0);
  });

  test("streams the same text", async () => {
    const body = { prompt: "Tea is", seed: 8, max_tokens: 30, stop: [";"] };
    const events = await readEvents(
      await post(server.url, "/v1/completions", { ...body, stream: true, stream_options: { include_usage: true } }),
    );
    expect(events.at(-1)).toBe("[DONE]");
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event) as Answer);
    const whole = await complete(body);
    expect(chunks.map(({ choices }) => choices[0]?.text ?? "").join("")).toBe(whole.choices[0]?.text);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
  });

  test("refuses a suffix, tokens that do not exist and prompts of the wrong type", async () => {
    for (const [fields, param] of [
      [{ prompt: "a", suffix: "b" }, "suffix"],
      [{ prompt: [1e9] }, "prompt"],
      [{ prompt: [[1], [-1]] }, "prompt[1]"],
      [{ prompt: 5 }, "prompt"],
      [{ prompt: [] }, "prompt"],
      [{}, "prompt"],
    ]) {
      const response = await post(server.url, "/v1/completions", fields);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { param } });
    }
  });
});

describe("tokenize and detokenize", () => {
  test.each([
    "",
    "Hello there",
    "  spaces   and\ttabs\n\n\nlines  ",
    "naïve 🦔 über 東京 ﷽",
    "antidisestablishmentarianism",
    '{"a": [1, 2.5, null]}',
    "12345678901234567890",
  ])("are inverse for %j", async (prompt) => {
    const tokenized = await postJson<{ count: number; max_model_len: number; tokens: number[]; token_strs: string[] }>(
      server.url,
      "/tokenize",
      { prompt, return_token_strs: true },
    );
    expect(tokenized.count).toBe(tokenized.tokens.length);
    expect(tokenized.token_strs).toHaveLength(tokenized.count);
    expect(tokenized.max_model_len).toBe(32768);
    expect(await postJson(server.url, "/detokenize", { tokens: tokenized.tokens })).toEqual({ prompt });
  });

  test("count a chat as the chat endpoint does", async () => {
    const messages = [
      { role: "system", content: "Be kind." },
      { role: "user", content: "Tell me about tea" },
    ];
    const { count } = await postJson<{ count: number }>(server.url, "/tokenize", { messages });
    const { usage } = await postJson<{ usage: Usage }>(server.url, "/v1/chat/completions", { messages, max_tokens: 1 });
    expect(usage.prompt_tokens).toBe(count);
  });
});
