import { PassThrough } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { type ChatOptions, runChat } from "../../clients/typescript/src/chat/index.ts";
import { createClientOver, unattestedKeyset } from "../../clients/typescript/src/index.ts";
import { createFakeGateway, type FakeGateway, now } from "./support/fake-gateway.ts";

function setUp(gateway: FakeGateway = createFakeGateway()) {
  const client = createClientOver(createRouterTransport(gateway.routes), { trust: unattestedKeyset(), now });
  const input = new PassThrough();
  const output = new PassThrough();
  const run = async (options: Partial<ChatOptions> = {}) => {
    const isVerified = await runChat({ client, model: "demo-model", input, output, ...options });
    output.end();
    return { isVerified, printed: await readAll(output) };
  };
  return { gateway, input, output, run };
}

/** Waits until a stream has shown this. */
async function shown(output: PassThrough, pattern: RegExp): Promise<void> {
  let seen = "";
  const { promise, resolve } = Promise.withResolvers<void>();
  output.on("data", (data) => {
    seen += String(data);
    if (pattern.test(seen)) resolve();
  });
  await promise;
}

describe("one question", () => {
  it("prints the text and what was verified", async () => {
    const { isVerified, printed } = await setUp().run({ once: "Say hello." });
    expect(isVerified).toBe(true);
    expect(printed).toBe(
      "Hello there.\n✓ verified 3 chunks · sealed complete · keys: NOT ATTESTED · receipt rcpt_0123456789abcdef\n",
    );
  });

  it("prints which check failed and what it means", async () => {
    const { gateway, run } = setUp();
    gateway.tamper = (messages) => messages.splice(2, 1);
    const { isVerified, printed } = await run({ once: "Say hello." });
    expect(isVerified).toBe(false);
    expect(printed).toBe(
      "Hello\n✗ transcript.sequence · chunk 3 came after chunk 1 · A chunk's sequence is not the previous one plus one.\n",
    );
  });

  it("colours verdicts in a terminal", async () => {
    const { printed } = await setUp().run({ once: "Say hello.", isTerminal: true });
    expect(printed).toContain("\u001b[2m✓ verified");
    const failed = setUp();
    failed.gateway.tamper = (messages) => messages.pop();
    expect((await failed.run({ once: "Say hello.", isTerminal: true })).printed).toContain("\u001b[31m✗ seal.missing");
  });

  it("takes the power of control characters from what the gateway sends", async () => {
    const { gateway, run } = setUp();
    gateway.pieces = ["a\u001b[2K\r✓ verified\u0007", "\tb\nc\u009b1m"];
    gateway.script = { receiptId: "rcpt\u001b[0m" };
    const { printed } = await run({ once: "Say hello." });
    expect(printed).toBe(
      "a\ufffd[2K\ufffd✓ verified\ufffd\tb\nc\ufffd1m\n✓ verified 2 chunks · sealed complete · keys: NOT ATTESTED · receipt rcpt\ufffd[0m\n",
    );
  });

  it("writes JSON lines", async () => {
    const { printed } = await setUp().run({ once: "Say hello.", json: true });
    const lines = printed
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.slice(0, 3)).toEqual(["Hello", " there", "."].map((text) => ({ type: "text", text })));
    expect(lines[3]).toMatchObject({
      type: "seal",
      status: "complete",
      chunks: 3,
      pinned: false,
      receipt_id: "rcpt_0123456789abcdef",
    });
    expect(lines).toHaveLength(4);
  });

  it("writes failures as JSON lines", async () => {
    const { gateway, run } = setUp();
    gateway.tamper = (messages) => messages.splice(1);
    const { isVerified, printed } = await run({ once: "Say hello.", json: true });
    expect(isVerified).toBe(false);
    expect(JSON.parse(printed)).toEqual({
      type: "error",
      code: "seal.missing",
      message: "[seal.missing] the stream ended after 0 chunks without a seal",
    });
  });
});

describe("a conversation", () => {
  it("answers line by line, to the end of the input", async () => {
    const { gateway, input, run } = setUp();
    input.end("one\n\n  two  \n");
    const { isVerified, printed } = await run();
    expect(isVerified).toBe(true);
    expect(printed.match(/✓ verified/g)).toHaveLength(2);
    expect(gateway.streams).toBe(2);
  });

  it("sends the verified past along, and only that", async () => {
    const gateway = createFakeGateway();
    const asked: string[][] = [];
    const { input, run } = setUp(gateway);
    const client = createClientOver(createRouterTransport(gateway.routes), { trust: unattestedKeyset(), now });
    const spying = {
      ...client,
      streamChat: (...[question, options]: Parameters<typeof client.streamChat>) => {
        asked.push(question.messages.map(({ role, content }) => `${role}: ${content}`));
        gateway.tamper = asked.length === 2 ? (messages) => messages.pop() : () => {};
        return client.streamChat(question, options);
      },
    };
    input.end("one\ntwo\nthree\n/reset\nfour\n");
    expect((await run({ client: spying, system: "Be brief." })).isVerified).toBe(false);
    expect(asked).toEqual([
      ["system: Be brief.", "user: one"],
      ["system: Be brief.", "user: one", "assistant: Hello there.", "user: two"],
      ["system: Be brief.", "user: one", "assistant: Hello there.", "user: three"],
      ["system: Be brief.", "user: four"],
    ]);
  });

  it("has commands", async () => {
    const { gateway, input, run } = setUp();
    input.end("/seal\n/help\n/nonsense\none\n/seal\n/quit\ntwo\n");
    const { printed } = await run();
    expect(printed).toContain("no verified answer yet\n/help");
    expect(printed).toContain("no such command");
    expect(printed).toMatch(/status {7}complete\nchunks {7}3\nrequest {6}[0-9a-f]{64}\n/);
    expect(printed).toMatch(/model digest verity [0-9a-f]{64}\n/);
    expect(printed).toMatch(/text {9}countersign\.stream\.v1:complete:/);
    expect(gateway.streams).toBe(1);
  });

  it("Ctrl-C cancels the answer and not the program", async () => {
    const { gateway, input, output, run } = setUp();
    gateway.isEndless = true;
    const running = run({ isTerminal: true });
    const answering = shown(output, /again/);
    input.write("one\r");
    await answering;
    const cancelled = shown(output, /call\.cancelled[\s\S]*> /);
    input.write("\u0003");
    await cancelled;
    await gateway.cancelled;
    gateway.isEndless = false;
    const verified = shown(output, /✓ verified[\s\S]*> /);
    input.write("two\r");
    await verified;
    const hinted = shown(output, /\/quit leaves[\s\S]*> /);
    input.write("\u0003");
    await hinted;
    input.write("/quit\r");
    expect((await running).isVerified).toBe(false);
  });

  it("ends with its signal, answer included", async () => {
    const { gateway, input, output, run } = setUp();
    gateway.isEndless = true;
    const controller = new AbortController();
    const running = run({ signal: controller.signal });
    const answering = shown(output, /again/);
    input.write("one\n");
    await answering;
    controller.abort();
    expect((await running).isVerified).toBe(false);
    await gateway.cancelled;
  });
});
