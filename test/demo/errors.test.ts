import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoServer } from "../../src/demo/index.ts";
import { post, startFast, user } from "./demo-client.ts";

let server: DemoServer;
beforeAll(async () => {
  server = await startFast({ maxModelLength: 64, maxBodyBytes: 20_000 });
});
afterAll(() => server.close());

async function refusal(path: string, body: unknown) {
  const response = await post(server.url, path, body);
  const { error } = (await response.json()) as {
    error: { message: string; type: string; param: string | null; code: number };
  };
  expect(error.code).toBe(response.status);
  return { status: response.status, ...error };
}

describe("refusals", () => {
  const hi = user("Hi");

  test.each<[string, unknown, string]>([
    ["bad JSON", "{bad", "body"],
    ["a body that is no object", [], "body"],
    ["no messages", {}, "messages"],
    ["empty messages", { messages: [] }, "messages"],
    ["messages of the wrong type", { messages: "hi" }, "messages"],
    ["a message without a role", { messages: [{ content: "x" }] }, "messages[0].role"],
    ["an unknown role", { messages: [{ role: "pirate", content: "x" }] }, "messages[0].role"],
    ["content of the wrong type", { messages: user(5) }, "messages[0].content"],
    ["an unknown part", { messages: user([{ type: "smell" }]) }, "messages[0].content[0].type"],
    [
      "a part named like an Object method",
      { messages: user([{ type: "constructor" }]) },
      "messages[0].content[0].type",
    ],
    ["temperature as a string", { messages: hi, temperature: "hot" }, "temperature"],
    ["temperature too high", { messages: hi, temperature: 2.5 }, "temperature"],
    ["top_p 0", { messages: hi, top_p: 0 }, "top_p"],
    ["n of 0", { messages: hi, n: 0 }, "n"],
    ["max_tokens 0", { messages: hi, max_tokens: 0 }, "max_tokens"],
    ["a fractional seed", { messages: hi, seed: 1.5 }, "seed"],
    ["five stops", { messages: hi, stop: ["a", "b", "c", "d", "e"] }, "stop"],
    ["an empty stop", { messages: hi, stop: "" }, "stop"],
    ["a stop that is no string", { messages: hi, stop: [1] }, "stop"],
    ["top_logprobs without logprobs", { messages: hi, top_logprobs: 2 }, "top_logprobs"],
    ["too many top_logprobs", { messages: hi, logprobs: true, top_logprobs: 21 }, "top_logprobs"],
    ["a bias for no token", { messages: hi, logit_bias: { tea: 1 } }, "logit_bias"],
    ["a bias out of range", { messages: hi, logit_bias: { 300: 101 } }, "logit_bias"],
    ["stream_options without stream", { messages: hi, stream_options: {} }, "stream_options"],
    ["stream as a string", { messages: hi, stream: "yes" }, "stream"],
    ["an unknown effort", { messages: hi, reasoning_effort: "heroic" }, "reasoning_effort"],
    ["a prompt beyond the context", { messages: user("tea ".repeat(80)) }, "messages"],
    ["a prompt far beyond the context", { messages: user("tea ".repeat(4000)) }, "messages"],
    ["more tokens than the context leaves", { messages: hi, max_tokens: 60 }, "max_tokens"],
  ])("400 for %s", async (_name, body, param) => {
    const error = await refusal("/v1/chat/completions", body);
    expect(error).toMatchObject({ status: 400, type: "BadRequestError", param });
    expect(error.message).not.toBe("");
  });

  test("names the limits when the context is too small", async () => {
    const { message } = await refusal("/v1/chat/completions", { messages: hi, max_tokens: 60 });
    expect(message).toMatch(/maximum context length is 64 tokens/);
    expect(message).toMatch(/60 in the answer/);
  });

  test("404 for an unknown model, path and model entry", async () => {
    expect(await refusal("/v1/chat/completions", { model: "other", messages: hi })).toMatchObject({
      status: 404,
      type: "NotFoundError",
      param: "model",
    });
    expect(await refusal("/v1/nothing", {})).toMatchObject({ status: 404, type: "NotFoundError" });
    expect((await fetch(`${server.url}/v1/models/other`)).status).toBe(404);
    expect((await fetch(`${server.url}/v1/models/demo`)).status).toBe(200);
  });

  test("405 for the wrong method, 413 for a body that is too large, 400 for one that nests too deeply", async () => {
    expect((await fetch(`${server.url}/v1/chat/completions`)).status).toBe(405);
    expect(await refusal("/v1/chat/completions", { messages: user("x".repeat(30_000)) })).toMatchObject({
      status: 413,
    });
    expect(await refusal("/v1/chat/completions", `{"messages":${"[".repeat(500)}${"]".repeat(500)}}`)).toMatchObject({
      status: 400,
      param: "body",
    });
  });

  test("never quotes the prompt or the completion", async () => {
    const secret = "zanzibar-secret";
    for (const body of [
      `{"messages":"${secret}`,
      { messages: user(secret.repeat(90)) },
      { messages: user("Hi"), stop: [secret.repeat(99)] },
      { model: secret, messages: user("Hi") },
    ]) {
      expect((await refusal("/v1/chat/completions", body)).message).not.toContain("zanzibar");
    }
  });
});

test("answers 503 while it loads, and says so to the health check", async () => {
  const loading = await startFast({ loadingMs: 3_600_000 });
  try {
    const response = await post(loading.url, "/v1/chat/completions", { messages: user("Hi") });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await response.json()).toMatchObject({ error: { type: "ServiceUnavailableError", code: 503 } });
    expect((await fetch(`${loading.url}/health`)).status).toBe(503);
    expect((await fetch(`${loading.url}/v1/models`)).status).toBe(503);
  } finally {
    await loading.close();
  }
});
