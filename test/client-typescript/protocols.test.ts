import { describe, expect, it } from "vitest";
import { type ClientOptions, chatText, createClient, unattestedKeyset } from "../../clients/typescript/src/index.ts";
import { createWebClient } from "../../clients/typescript/src/web.ts";
import { createFakeGateway, now } from "./support/fake-gateway.ts";
import { listen } from "./support/listen.ts";

const INPUT = { model: "demo-model", messages: [{ role: "user", content: "Say hello." }] } as const;
const trust = unattestedKeyset();
const withCode = (code: string) => expect.objectContaining({ code });

const KINDS = [
  { protocol: "connect", httpVersion: "1.1" },
  { protocol: "connect", httpVersion: "2" },
  { protocol: "grpc-web", httpVersion: "1.1" },
  { protocol: "grpc-web", httpVersion: "2" },
  { protocol: "grpc", httpVersion: "2" },
] as const satisfies readonly Pick<ClientOptions, "protocol" | "httpVersion">[];

describe.each(KINDS)("$protocol over HTTP/$httpVersion", (kind) => {
  async function setUp(options: Partial<ClientOptions> = {}) {
    const gateway = createFakeGateway();
    const server = await listen(gateway.routes, kind.httpVersion);
    const client = createClient({ baseUrl: server.url, trust, now, ...kind, ...options });
    return {
      gateway,
      client,
      async [Symbol.asyncDispose]() {
        client.close();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  it("answers, streams and lists", async () => {
    await using at = await setUp();
    expect(chatText((await at.client.chat(INPUT)).message)).toBe("Hello there.");
    expect(await at.client.streamChat(INPUT).text()).toBe("Hello there.");
    expect((await at.client.listModels()).map(({ name }) => name)).toEqual(["demo-model"]);
  });

  it("streams 3000 chunks", async () => {
    await using at = await setUp();
    at.gateway.pieces = Array.from({ length: 3000 }, (_, index) => `${index} `);
    const stream = at.client.streamChat(INPUT);
    expect(await stream.text()).toBe(at.gateway.pieces.join(""));
    expect((await stream.seal).chunkCount).toBe(3000n);
  });

  it("sends the token and reports a wrong one", async () => {
    await using at = await setUp({ token: "secret-token" });
    at.gateway.token = "secret-token";
    expect(await at.client.streamChat(INPUT).text()).toBe("Hello there.");
    at.gateway.token = "another";
    const error = await at.client
      .streamChat(INPUT)
      .text()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "call.unauthenticated" });
    expect(String(error)).not.toContain("secret-token");
    await expect(at.client.chat(INPUT)).rejects.toThrow(withCode("call.unauthenticated"));
  });

  it("cancels the call at the server when the loop breaks", async () => {
    await using at = await setUp();
    at.gateway.isEndless = true;
    let seen = 0;
    for await (const _ of at.client.streamChat(INPUT)) if (++seen === 5) break;
    expect(await at.gateway.cancelled).toBeGreaterThanOrEqual(5);
    // The connection serves the next call.
    at.gateway.isEndless = false;
    expect(await at.client.streamChat(INPUT).text()).toBe("Hello there.");
  });

  it("cancels the call at the server when verification fails", async () => {
    await using at = await setUp();
    at.gateway.isEndless = true;
    at.gateway.tamper = (messages) => {
      const { event } = messages[2] ?? {};
      if (event?.case === "chunk") event.value.sequence = 7n;
    };
    await expect(at.client.streamChat(INPUT).text()).rejects.toThrow(withCode("transcript.sequence"));
    await at.gateway.cancelled;
  });

  it("ends at the deadline", async () => {
    await using at = await setUp();
    at.gateway.isEndless = true;
    await expect(at.client.streamChat(INPUT, { timeoutMs: 100 }).text()).rejects.toThrow(withCode("call.deadline"));
    await at.gateway.cancelled;
  });

  it("refuses messages above its limit, both ways", async () => {
    await using at = await setUp({ maxMessageBytes: 4096 });
    at.gateway.pieces = ["x".repeat(5000)];
    await expect(at.client.streamChat(INPUT).text()).rejects.toThrow(withCode("call.resource_exhausted"));
    await expect(at.client.chat(INPUT)).rejects.toThrow(withCode("call.resource_exhausted"));
    const long = { ...INPUT, messages: [{ role: "user", content: "x".repeat(5000) }] } as const;
    await expect(at.client.chat(long)).rejects.toThrow(withCode("call.resource_exhausted"));
  });

  it("says that nothing answers", async () => {
    const at = await setUp();
    await at[Symbol.asyncDispose]();
    await expect(at.client.listModels()).rejects.toThrow(withCode("call.unavailable"));
  });
});

describe.each(["connect", "grpc-web"] as const)("the web client over %s", (protocol) => {
  it("answers, streams, and cancels on break", async () => {
    const gateway = createFakeGateway();
    await using server = await listen(gateway.routes, "1.1");
    const client = createWebClient({ baseUrl: server.url, trust, now, protocol, token: "t" });
    gateway.token = "t";
    expect(chatText((await client.chat(INPUT)).message)).toBe("Hello there.");
    expect(await client.streamChat(INPUT).text()).toBe("Hello there.");
    gateway.isEndless = true;
    for await (const _ of client.streamChat(INPUT)) break;
    await gateway.cancelled;
  });
});

describe("options", () => {
  it.each([
    [{ baseUrl: "gateway.example" }],
    [{ baseUrl: "ftp://gateway.example" }],
    [{ baseUrl: "https://user:pass@gateway.example" }],
    [{ baseUrl: "https://gateway.example/?a=b" }],
    [{ protocol: "grpc", httpVersion: "1.1" } as const],
    [{ protocol: "rest" as "grpc" }],
    [{ httpVersion: "3" as "2" }],
    [{ token: "two words" }],
    [{ token: "" }],
    [{ timeoutMs: 0 }],
    [{ maxMessageBytes: 0 }],
  ])("%j is refused", (options) => {
    expect(() => createClient({ baseUrl: "https://gateway.example", trust, ...options })).toThrow(
      withCode("config.invalid"),
    );
  });
});
