import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import {
  type ClientOptions,
  CountersignError,
  chatText,
  createClient,
  createVerifyingFetch,
  pinnedKeyset,
  type VerifyingFetchOptions,
} from "../../clients/typescript/src/index.ts";
import { startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { answerWith, chatAnswer, DONE, delta, streamOf } from "../support/engine-answers.ts";
import { TOKEN } from "../support/gateway.ts";

const INPUT = { model: "m", messages: [{ role: "user", content: "hi" }] } as const;
const PIECES = Array.from({ length: 60 }, (_, index) => `${index} `);
const ANSWER = streamOf(...PIECES.map((piece) => delta("chatcmpl-1", piece)), DONE);

const KINDS = [
  { protocol: "connect", httpVersion: "1.1" },
  { protocol: "connect", httpVersion: "2" },
  { protocol: "grpc-web", httpVersion: "1.1" },
  { protocol: "grpc-web", httpVersion: "2" },
  { protocol: "grpc", httpVersion: "2" },
] as const satisfies readonly Pick<ClientOptions, "protocol" | "httpVersion">[];

describe.each(KINDS)("against the gateway, $protocol over HTTP/$httpVersion", (kind) => {
  it.each([true, false])("verifies a stream, its signature by id, and a plain answer (TLS: %s)", async (tls) => {
    await using at = await startEngineAndGateway(ANSWER, { tls });
    const { gateway } = at;
    const trust = pinnedKeyset(Buffer.from(gateway.keys.keysetDigest).toString("hex"));
    const baseUrl = tls ? (gateway.tlsUrl ?? "") : gateway.url;
    using client = createClient({ baseUrl, token: TOKEN, trust, ...kind, tls: { rejectUnauthorized: false } });
    const stream = client.streamChat(INPUT);
    expect(await stream.text()).toBe(PIECES.join(""));
    const seal = await stream.seal;
    expect(seal).toMatchObject({ status: "complete", model: "m", responseId: "chatcmpl-1" });
    const record = await client.getSignature(seal.receiptId);
    expect(record).toMatchObject({ kind: "stream", text: seal.signedText });
    expect(stream.pinned).toBe(true);
  });

  it("verifies a whole answer and refuses a wrong token", async () => {
    await using at = await startEngineAndGateway(answerWith(200, chatAnswer("chatcmpl-2", "Hello ✓")));
    const trust = pinnedKeyset(Buffer.from(at.gateway.keys.keysetDigest).toString("hex"));
    using client = createClient({ baseUrl: at.gateway.url, token: TOKEN, trust, ...kind });
    expect(chatText((await client.chat(INPUT)).message)).toBe("Hello ✓");
    using stranger = createClient({ baseUrl: at.gateway.url, token: "wrong", trust, ...kind });
    await expect(stranger.chat(INPUT)).rejects.toThrow(expect.objectContaining({ code: "call.unauthenticated" }));
  });

  it("says that an answer the engine broke off is incomplete", async () => {
    await using at = await startEngineAndGateway(streamOf(delta("chatcmpl-3", "one"), delta("chatcmpl-3", "two")));
    const trust = pinnedKeyset(Buffer.from(at.gateway.keys.keysetDigest).toString("hex"));
    using client = createClient({ baseUrl: at.gateway.url, token: TOKEN, trust, ...kind });
    const error = await client
      .streamChat(INPUT)
      .text()
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CountersignError);
    expect(error).toMatchObject({
      code: "seal.incomplete",
      seal: { status: "upstream_failed", receiptId: expect.any(String) },
    });
  });
});

describe("the OpenAI SDK against the gateway, over a verifying fetch", () => {
  async function setUp(
    script: Parameters<typeof startEngineAndGateway>[0],
    options: Partial<VerifyingFetchOptions> = {},
  ) {
    const at = await startEngineAndGateway(script);
    const baseUrl = at.gateway.url;
    const trust = pinnedKeyset(Buffer.from(at.gateway.keys.keysetDigest).toString("hex"));
    const fetch = createVerifyingFetch({ baseUrl, token: TOKEN, trust, ...options });
    const openai = new OpenAI({ baseURL: `${baseUrl}/v1`, apiKey: TOKEN, fetch, maxRetries: 0 });
    return { openai, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() };
  }

  it("reads verified answers and streams", async () => {
    await using plain = await setUp(answerWith(200, chatAnswer("chatcmpl-4", "Hello ✓")));
    const answer = await plain.openai.chat.completions.create({ ...INPUT, messages: [...INPUT.messages] });
    expect(answer.choices[0]?.message.content).toBe("Hello ✓");
    await using streaming = await setUp(ANSWER);
    let text = "";
    for await (const event of await streaming.openai.chat.completions.create({
      ...INPUT,
      messages: [...INPUT.messages],
      stream: true,
    })) {
      text += event.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe(PIECES.join(""));
  });

  it("verifies the older text where it asks for it", async () => {
    await using at = await setUp(answerWith(200, chatAnswer("chatcmpl-6", "Hello")), { text: "request-response" });
    const answer = await at.openai.chat.completions.create({ ...INPUT, messages: [...INPUT.messages] });
    expect(answer.choices[0]?.message.content).toBe("Hello");
  });

  it("throws where the engine broke off", async () => {
    await using at = await setUp(streamOf(delta("chatcmpl-5", "one")));
    const reading = (async () => {
      for await (const _ of await at.openai.chat.completions.create({
        ...INPUT,
        messages: [...INPUT.messages],
        stream: true,
      }));
    })();
    // The gateway tells the SDK in the stream itself; had it not, the missing [DONE] would have failed the body.
    await expect(reading).rejects.toThrow(OpenAI.APIError);
  });
});
