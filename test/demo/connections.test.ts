import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { DemoServer } from "../../src/demo/index.ts";
import { metric, post, startFast, user } from "./demo-client.ts";

let server: DemoServer;
beforeAll(async () => {
  server = await startFast();
});
afterAll(() => server.close());

const endless = { messages: user("Tell me about the sea"), ignore_eos: true, max_tokens: 30_000 };
const counters = async () => ({
  running: await metric(server.url, "countersign_demo_requests_running"),
  total: await metric(server.url, "countersign_demo_requests_total"),
  cancelled: await metric(server.url, "countersign_demo_cancelled_total"),
});

describe("a caller that leaves", () => {
  test.each([true, false])("ends the generation (stream: %s)", async (stream) => {
    const slow = await startFast({ tokensPerSecond: 1 });
    try {
      const abort = new AbortController();
      const answer = post(slow.url, "/v1/chat/completions", { ...endless, stream }, abort.signal);
      answer.catch(() => undefined);
      await vi.waitFor(async () => expect(await metric(slow.url, "countersign_demo_requests_running")).toBe(1));
      abort.abort();
      await vi.waitFor(async () => expect(await metric(slow.url, "countersign_demo_cancelled_total")).toBe(1));
      expect(await metric(slow.url, "countersign_demo_requests_running")).toBe(0);
      expect(await metric(slow.url, "countersign_demo_requests_total")).toBe(1);
    } finally {
      await slow.close();
    }
  });

  test("a finished answer is not a cancelled one", async () => {
    const before = await counters();
    await (await post(server.url, "/v1/chat/completions", { messages: user("Hi"), stream: true })).text();
    expect(await counters()).toEqual({ ...before, total: before.total + 1 });
  });
});

describe("a caller that reads slowly", () => {
  test("holds the generation until it reads on, and misses nothing", async () => {
    const body = JSON.stringify({ ...endless, n: 4, stream: true, logprobs: true, top_logprobs: 20, max_tokens: 4000 });
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.pause();
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: demo\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    await vi.waitFor(async () => expect((await counters()).running).toBe(1));
    // Other requests are served meanwhile, and the held one does not end by itself: it would be some forty megabytes.
    for (let index = 0; index < 20; index += 1)
      await (await post(server.url, "/v1/chat/completions", { messages: user("Tell me about tea") })).text();
    expect((await counters()).running).toBe(1);
    let tail = "";
    let finishes = 0;
    for await (const chunk of socket) {
      const text = tail.slice(-40) + String(chunk);
      finishes +=
        text.split('"finish_reason":"length"').length - tail.slice(-40).split('"finish_reason":"length"').length;
      tail = text;
    }
    expect(finishes).toBe(4);
    expect(tail).toContain("data: [DONE]");
    expect((await counters()).running).toBe(0);
  }, 30_000);
});

test("sends each token when it is made, not when the answer is done", async () => {
  const paced = await startFast({ tokensPerSecond: 1 });
  const abort = new AbortController();
  try {
    const response = await post(paced.url, "/v1/chat/completions", { ...endless, stream: true }, abort.signal);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    while (!/"content":"[^"]+"/.test(seen)) seen += (await reader?.read())?.value ?? "";
    expect(await metric(paced.url, "countersign_demo_requests_running")).toBe(1);
    await reader?.cancel();
  } finally {
    abort.abort();
    await paced.close();
  }
});

test("listens on loopback only, and frees its port on close", async () => {
  const short = await startFast();
  expect(new URL(short.url).hostname).toBe("127.0.0.1");
  expect((await fetch(`${short.url}/health`)).status).toBe(200);
  await short.close();
  await expect(fetch(`${short.url}/health`)).rejects.toThrow();
});
