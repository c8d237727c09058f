import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoServer } from "../../src/demo/index.ts";
import { type Chunk, contentOf, postJson, startFast, streamChat, type Usage, user } from "./demo-client.ts";

interface Answer {
  readonly id: string;
  readonly system_fingerprint: string;
  readonly choices: readonly {
    readonly index: number;
    readonly message: { readonly content: string; readonly reasoning_content?: string };
    readonly finish_reason: string;
    readonly stop_reason: string | null;
  }[];
  readonly usage: Usage;
}

let server: DemoServer;
beforeAll(async () => {
  server = await startFast();
});
afterAll(() => server.close());

const ask = (body: object) => postJson<Answer>(server.url, "/v1/chat/completions", { model: "demo", ...body });
const textOf = async (body: object) => (await ask(body)).choices[0]?.message.content ?? "";
const finishes = (chunks: readonly Chunk[]) =>
  chunks.flatMap(({ choices }) => choices.flatMap(({ finish_reason }) => finish_reason ?? []));

describe("streaming", () => {
  test("begins with the role, sends one token per event, ends with a finish reason and usage", async () => {
    const chunks = await streamChat(server.url, {
      messages: user("Tell me about the sea"),
      seed: 7,
      logprobs: true,
      stream_options: { include_usage: true },
    });
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
    const spoken = chunks.filter(({ choices }) => (choices[0]?.delta.content ?? "") !== "");
    expect(spoken.length).toBeGreaterThan(20);
    for (const { choices } of spoken) expect(choices[0]?.logprobs?.content).toHaveLength(1);
    expect(finishes(chunks)).toEqual(["stop"]);
    const last = chunks.at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage?.completion_tokens).toBe(spoken.length);
    expect(chunks.slice(0, -1).every(({ usage }) => usage === undefined)).toBe(true);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(
      chunks.every(
        (chunk) => chunk.system_fingerprint === "countersign-demo" && chunk.object === "chat.completion.chunk",
      ),
    ).toBe(true);
  });

  test("says the same as the whole answer with the same seed", async () => {
    const body = { messages: user("Tell me about bees"), seed: 11 };
    expect(contentOf(await streamChat(server.url, body))).toBe(await textOf(body));
  });

  test("counts usage in every chunk when asked to", async () => {
    const chunks = await streamChat(server.url, {
      messages: user("Hi"),
      stream_options: { include_usage: true, continuous_usage_stats: true },
    });
    const counts = chunks.map(({ usage }) => usage?.completion_tokens ?? -1);
    expect(counts[0]).toBe(0);
    expect(counts).toEqual(counts.toSorted((left, right) => left - right));
    expect(counts.at(-1)).toBeGreaterThan(3);
  });

  test("interleaves several choices, each complete", async () => {
    const body = { messages: user("Tell me about trees"), seed: 3, n: 3 };
    const chunks = await streamChat(server.url, body);
    const whole = await ask(body);
    expect(whole.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    for (const { index, message } of whole.choices) expect(contentOf(chunks, index)).toBe(message.content);
    expect(new Set(whole.choices.map(({ message }) => message.content)).size).toBe(3);
    expect(finishes(chunks)).toEqual(["stop", "stop", "stop"]);
    const firstTwenty = chunks.slice(3, 23).map(({ choices }) => choices[0]?.index);
    expect(new Set(firstTwenty)).toEqual(new Set([0, 1, 2]));
  });
});

describe("sampling", () => {
  const messages = user("Tell me about mountains");

  test("the same seed gives the same text, another seed another", async () => {
    const first = await textOf({ messages, seed: 1 });
    expect(await textOf({ messages, seed: 1 })).toBe(first);
    expect(await textOf({ messages, seed: 2 })).not.toBe(first);
  });

  test("varies without a seed", async () => {
    const texts = await Promise.all(Array.from({ length: 4 }, () => textOf({ messages })));
    expect(new Set(texts).size).toBeGreaterThan(1);
  });

  test("is deterministic at temperature 0 whatever the seed, and takes the likeliest token", async () => {
    const texts = await Promise.all(
      [1, 2, undefined].map((seed) => textOf({ messages, temperature: 0, ...(seed === undefined ? {} : { seed }) })),
    );
    expect(new Set(texts).size).toBe(1);
    const chunks = await streamChat(server.url, { messages, temperature: 0, logprobs: true, top_logprobs: 1 });
    for (const entry of chunks.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? [])) {
      expect(entry.top_logprobs[0]?.token).toBe(entry.token);
    }
  });

  test("an engine with a seed repeats its whole run", async () => {
    const run = async () => {
      const seeded = await startFast({ seed: 5 });
      try {
        const texts = [];
        for (let index = 0; index < 2; index += 1) {
          const answer = await postJson<Answer>(seeded.url, "/v1/chat/completions", { messages });
          texts.push(answer.choices[0]?.message.content);
        }
        return texts;
      } finally {
        await seeded.close();
      }
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(first[0]).not.toBe(first[1]);
  });

  test("log-probabilities describe one distribution per token", async () => {
    const chunks = await streamChat(server.url, { messages, seed: 4, logprobs: true, top_logprobs: 20 });
    const entries = chunks.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? []);
    expect(entries.length).toBeGreaterThan(20);
    for (const { token, logprob, bytes, top_logprobs } of entries) {
      expect(Buffer.from(bytes).toString("utf8")).toBe(token);
      expect(top_logprobs).toHaveLength(20);
      const sum = top_logprobs.reduce((total, other) => total + Math.exp(other.logprob), 0);
      expect(sum).toBeLessThanOrEqual(1 + 1e-9);
      const own = top_logprobs.find((other) => other.token === token);
      if (own !== undefined) expect(own.logprob).toBe(logprob);
      const ordered = top_logprobs.map((other) => other.logprob);
      expect(ordered).toEqual(ordered.toSorted((left, right) => right - left));
    }
  });

  test("draws tokens as often as it says it does", async () => {
    const openings = new Map<string, number>();
    const answer = await streamChat(server.url, {
      messages,
      n: 128,
      max_tokens: 1,
      logprobs: true,
      top_logprobs: 20,
      seed: 9,
    });
    const [first] = answer.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? []);
    for (let index = 0; index < 128; index += 1) {
      const opening = contentOf(answer, index);
      openings.set(opening, (openings.get(opening) ?? 0) + 1);
    }
    for (const { token, logprob } of first?.top_logprobs.slice(0, 3) ?? []) {
      const expected = Math.exp(logprob);
      // Five standard deviations of a binomial share of 128 draws.
      expect(Math.abs((openings.get(token) ?? 0) / 128 - expected)).toBeLessThan(
        5 * Math.sqrt((expected * (1 - expected)) / 128),
      );
    }
  });

  test("logit_bias bans and forces tokens", async () => {
    const forced = await postJson<{ tokens: number[] }>(server.url, "/tokenize", { prompt: " tea" });
    const id = forced.tokens[0] ?? -1;
    expect(await textOf({ messages, logit_bias: { [id]: 100 }, max_tokens: 3 })).toBe(" tea tea tea");
    const free = await streamChat(server.url, { messages, temperature: 0, max_tokens: 1 });
    const opening = contentOf(free);
    const { tokens } = await postJson<{ tokens: number[] }>(server.url, "/tokenize", { prompt: opening });
    expect(await textOf({ messages, temperature: 0, max_tokens: 1, logit_bias: { [tokens[0] ?? -1]: -100 } })).not.toBe(
      opening,
    );
  });
});

describe("ends", () => {
  test("max_tokens and max_completion_tokens cut with finish_reason length", async () => {
    for (const key of ["max_tokens", "max_completion_tokens"]) {
      const answer = await ask({ messages: user("Tell me about space"), [key]: 5 });
      expect(answer.choices[0]?.finish_reason).toBe("length");
      expect(answer.usage.completion_tokens).toBe(5);
      expect(answer.usage.total_tokens).toBe(answer.usage.prompt_tokens + 5);
    }
  });

  test("stops before a sequence that spans tokens, in one piece and in a stream", async () => {
    const messages = user("repeat after me: alpha beta gamma delta");
    for (const stop of ["ta gam", ["never", "ta gam"]]) {
      const answer = await ask({ messages, stop });
      expect(answer.choices[0]).toMatchObject({
        message: { content: "alpha be" },
        finish_reason: "stop",
        stop_reason: "ta gam",
      });
      expect(contentOf(await streamChat(server.url, { messages, stop }))).toBe("alpha be");
    }
  });

  test("releases text that only looked like a stop sequence", async () => {
    const messages = user("repeat after me: alpha beta gamma");
    expect(await textOf({ messages, stop: "gamma!" })).toBe("alpha beta gamma");
    expect(contentOf(await streamChat(server.url, { messages, stop: ["a ga?", "gamma!"] }))).toBe("alpha beta gamma");
  });

  test("ignore_eos goes on until max_tokens", async () => {
    const answer = await ask({ messages: user("Hi"), ignore_eos: true, max_tokens: 700 });
    expect(answer.usage.completion_tokens).toBe(700);
    expect(answer.choices[0]?.finish_reason).toBe("length");
  });

  test("characters of several bytes arrive whole", async () => {
    const messages = user("repeat after me: naïve 🦔 über 東京");
    const chunks = await streamChat(server.url, { messages });
    expect(contentOf(chunks)).toBe("naïve 🦔 über 東京");
    expect(chunks.some(({ choices }) => choices[0]?.delta.content?.includes("\ufffd"))).toBe(false);
  });
});

describe("reasoning", () => {
  test.each([{ reasoning_effort: "low" }, { chat_template_kwargs: { enable_thinking: true } }])(
    "thinks before it answers: %o",
    async (switches) => {
      const chunks = await streamChat(server.url, {
        messages: user("Tell me about cats"),
        ...switches,
        stream_options: { include_usage: true },
      });
      const kinds = chunks.flatMap(({ choices }) =>
        choices[0]?.delta.reasoning_content ? ["thought"] : choices[0]?.delta.content ? ["answer"] : [],
      );
      expect(kinds.indexOf("answer")).toBeGreaterThan(3);
      expect(kinds.lastIndexOf("thought")).toBeLessThan(kinds.indexOf("answer"));
      const thoughts = kinds.filter((kind) => kind === "thought").length;
      expect(chunks.at(-1)?.usage?.completion_tokens_details.reasoning_tokens).toBe(thoughts);
    },
  );

  test.each([
    { reasoning_effort: "none" },
    { reasoning_effort: "high", chat_template_kwargs: { enable_thinking: false } },
    {},
  ])("does not think: %o", async (switches) => {
    const answer = await ask({ messages: user("Tell me about cats"), ...switches });
    expect(answer.choices[0]?.message).not.toHaveProperty("reasoning_content");
    expect(answer.usage.completion_tokens_details.reasoning_tokens).toBe(0);
  });
});

test("accepts content parts and says how many images came", async () => {
  const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
  const audio = { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } };
  const text = await textOf({ messages: user([{ type: "text", text: "Tell me about cats" }, image, image, audio]) });
  expect(text).toContain("2 images and 1 audio recording");
});
