import { fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { serialiseChatInput } from "../../clients/typescript/src/client/chat-input.ts";
import {
  CountersignError,
  chatText,
  completionText,
  createClientOver,
  IncompleteError,
  keysetBytes,
  pinnedKeyset,
  type Trust,
  unattestedKeyset,
} from "../../clients/typescript/src/index.ts";
import { ethereumAddress } from "../../clients/typescript/src/signing/index.ts";
import { ChatInputSchema, Role } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { ModelDigestKind, SealStatus } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { createAuthority, hex, sha256 } from "../../tools/vectors/authority.ts";
import { createFakeGateway, now, responseText, utf8 } from "./support/fake-gateway.ts";

const INPUT = { model: "demo-model", messages: [{ role: "user", content: "Say hello." }] } as const;

function setUp(trust: Trust = unattestedKeyset()) {
  const gateway = createFakeGateway();
  const client = createClientOver(createRouterTransport(gateway.routes), { trust, now });
  return { gateway, client };
}

const withCode = (code: string) =>
  expect.objectContaining({ name: expect.any(String), code, message: expect.stringContaining(`[${code}] `) });

describe("unary calls", () => {
  it("chat", async () => {
    const { client } = setUp();
    const result = await client.chat(INPUT);
    expect(chatText(result.message)).toBe("Hello there.");
    expect(result.seal).toMatchObject({
      status: "complete",
      chunkCount: 1n,
      model: "demo-model",
      receiptId: "rcpt_0123456789abcdef",
    });
    expect(result.pinned).toBe(false);
  });
  it("complete", async () => {
    const { client } = setUp();
    const result = await client.complete({
      model: "demo-model",
      prompts: ["Say", { form: { case: "tokenIds", value: { ids: [1] } } }],
    });
    expect(completionText(result.message)).toBe("Hello there.");
  });
  it("embed", async () => {
    const { client } = setUp();
    const result = await client.embed({ model: "demo-model", inputs: ["a"] });
    expect(result.message.embeddings[0]?.values).toEqual([0.5, -1]);
  });
  it("tokenize", async () => {
    const { client } = setUp();
    expect((await client.tokenize({ model: "demo-model", text: "a b" })).message.tokenIds).toEqual([1, 2]);
    expect((await client.tokenize({ model: "demo-model", messages: INPUT.messages })).message.count).toBe(2);
    await expect(client.tokenize({ model: "demo-model" })).rejects.toThrow(withCode("input.invalid"));
    await expect(client.tokenize({ model: "demo-model", text: "a", messages: [] })).rejects.toThrow(
      withCode("input.invalid"),
    );
  });
  it("listModels", async () => {
    const { client } = setUp();
    expect((await client.listModels()).map(({ name }) => name)).toEqual(["demo-model"]);
  });
  it("an answer that did not complete throws what is verified of it", async () => {
    const { gateway, client } = setUp();
    gateway.script = { status: SealStatus.UPSTREAM_FAILED, failureReason: "upstream_reset" };
    const error = await client.chat(INPUT).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(IncompleteError);
    expect(error).toMatchObject({
      code: "seal.incomplete",
      seal: { status: "upstream_failed", failureReason: "upstream_reset" },
    });
  });
});

describe("streams", () => {
  it("hand out typed chunks and then the seal", async () => {
    const { client } = setUp();
    const stream = client.streamChat(INPUT, { proof: { checkpointChunks: 1 } });
    const pieces: string[] = [];
    for await (const chunk of stream) {
      pieces.push(chunk.deltas.map(({ content }) => content).join(""));
      expect(stream.chunkCount).toBe(BigInt(pieces.length));
    }
    expect(pieces).toEqual(["Hello", " there", "."]);
    expect(stream.receiptId).toBe("rcpt_0123456789abcdef");
    expect(await stream.seal).toMatchObject({ status: "complete", chunkCount: 3n, responseId: "chatcmpl-vector" });
  });
  it("collect their text", async () => {
    const { client } = setUp();
    expect(await client.streamChat(INPUT).text()).toBe("Hello there.");
    expect(await client.streamComplete({ model: "demo-model", prompts: ["Say"] }).text()).toBe("Hello there.");
  });
  it("are read once", async () => {
    const { client } = setUp();
    const stream = client.streamChat(INPUT);
    await stream.text();
    await expect(stream.text()).rejects.toThrow(withCode("input.invalid"));
  });
  it("know how far checkpoints reach", async () => {
    const { gateway, client } = setUp();
    gateway.script = { checkpointsAfter: [2] };
    const stream = client.streamChat(INPUT);
    const reached: bigint[] = [];
    for await (const _ of stream) reached.push(stream.checkpointed);
    expect(reached).toEqual([0n, 0n, 2n]);
  });
  it("refuse an altered chunk, and give the seal the same error", async () => {
    const { gateway, client } = setUp();
    gateway.tamper = (messages) => {
      const { event } = messages[2] ?? {};
      if (event?.case === "chunk") event.value.payload = Uint8Array.of(0x0a, 0x7f);
    };
    const stream = client.streamChat(INPUT);
    const pieces: unknown[] = [];
    const reading = (async () => {
      for await (const chunk of stream) pieces.push(chunk);
    })();
    // The payload is no message either: that it is the hash that fails shows that nothing was decoded before.
    await expect(reading).rejects.toThrow(withCode("transcript.hash"));
    await expect(stream.seal).rejects.toThrow(withCode("transcript.hash"));
    expect(pieces).toHaveLength(1);
  });
  it("refuse a stream that just ends", async () => {
    const { gateway, client } = setUp();
    gateway.tamper = (messages) => messages.pop();
    await expect(client.streamChat(INPUT).text()).rejects.toThrow(withCode("seal.missing"));
  });
  it("refuse a seal followed by an error of the call", async () => {
    const { gateway, client } = setUp();
    gateway.trailingError = new ConnectError("late trouble", Code.Internal);
    await expect(client.streamChat(INPUT).text()).rejects.toThrow(withCode("call.internal"));
  });
  it("say that an answer is incomplete, also if the call ends with an error after the seal", async () => {
    const { gateway, client } = setUp();
    gateway.script = { status: SealStatus.CANCELLED, failureReason: "draining" };
    await expect(client.streamChat(INPUT).text()).rejects.toThrow(withCode("seal.incomplete"));
    gateway.trailingError = new ConnectError("draining", Code.Unavailable);
    const error = await client
      .streamChat(INPUT)
      .text()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "seal.incomplete",
      seal: { status: "cancelled", chunkCount: 3n },
      cause: { code: "call.unavailable" },
    });
  });
});

describe("cancelling", () => {
  it.each([
    [
      "break",
      async (stream: AsyncIterable<unknown>) => {
        for await (const _ of stream) break;
      },
    ],
    [
      "a throw in the loop",
      async (stream: AsyncIterable<unknown>) => {
        const own = new Error("own");
        const loop = async () => {
          for await (const _ of stream) throw own;
        };
        await expect(loop()).rejects.toBe(own);
      },
    ],
    [
      "return()",
      async (stream: AsyncIterable<unknown>) => {
        const iterator = stream[Symbol.asyncIterator]();
        await iterator.next();
        expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
        expect(await iterator.next()).toEqual({ done: true, value: undefined });
      },
    ],
  ] as const)("%s cancels the call", async (_, leave) => {
    const { gateway, client } = setUp();
    gateway.isEndless = true;
    const stream = client.streamChat(INPUT);
    await leave(stream);
    await gateway.cancelled;
    await expect(stream.seal).rejects.toThrow(withCode("call.cancelled"));
  });
  it("the caller's signal cancels the call and throws in the loop", async () => {
    const { gateway, client } = setUp();
    gateway.isEndless = true;
    const controller = new AbortController();
    const reading = (async () => {
      for await (const _ of client.streamChat(INPUT, { signal: controller.signal })) controller.abort();
    })();
    await expect(reading).rejects.toThrow(withCode("call.cancelled"));
    await gateway.cancelled;
  });
  it("a signal that is aborted already starts no call", async () => {
    const { gateway, client } = setUp();
    const signal = AbortSignal.abort();
    await expect(client.streamChat(INPUT, { signal }).text()).rejects.toThrow(withCode("call.cancelled"));
    await expect(client.chat(INPUT, { signal })).rejects.toThrow(withCode("call.cancelled"));
    expect(gateway.streams).toBe(0);
  });
  it("a passed deadline throws", async () => {
    const { gateway, client } = setUp();
    gateway.isEndless = true;
    await expect(client.streamChat(INPUT, { timeoutMs: 50 }).text()).rejects.toThrow(withCode("call.deadline"));
    await gateway.cancelled;
  });
  it("failed verification cancels the call", async () => {
    const { gateway, client } = setUp();
    gateway.isEndless = true;
    gateway.tamper = (messages) => {
      const { event } = messages[1] ?? {};
      if (event?.case === "chunk") event.value.runningHash = new Uint8Array(32);
    };
    await expect(client.streamChat(INPUT).text()).rejects.toThrow(withCode("transcript.hash"));
    await gateway.cancelled;
  });
});

describe("trust", () => {
  const digest = hex(createAuthority("gateway").keysetDigest);

  it("accepts the pinned keyset, fetched once", async () => {
    const { gateway, client } = setUp(pinnedKeyset(digest.toUpperCase()));
    const results = await Promise.all([client.chat(INPUT), client.chat(INPUT), client.keyset()]);
    expect(results[0].pinned).toBe(true);
    expect(gateway.keysetCalls).toBe(1);
  });
  it("refuses another keyset than the pinned one, before it decodes it", async () => {
    const { gateway, client } = setUp(pinnedKeyset("00".repeat(32)));
    await expect(client.chat(INPUT)).rejects.toThrow(withCode("keyset.untrusted"));
    gateway.keyset = Uint8Array.of(0x0a, 0x7f);
    await expect(client.chat(INPUT)).rejects.toThrow(withCode("keyset.untrusted"));
  });
  it("accepts given bytes and fetches nothing", async () => {
    const { gateway, client } = setUp(keysetBytes(createAuthority("gateway").keyset));
    expect((await client.chat(INPUT)).pinned).toBe(true);
    expect(gateway.keysetCalls).toBe(0);
  });
  it("refuses answers by another keyset than the given bytes", async () => {
    const { client } = setUp(keysetBytes(createAuthority("another gateway").keyset));
    await expect(client.streamChat(INPUT).text()).rejects.toThrow(withCode("keyset.untrusted"));
    await expect(client.chat(INPUT)).rejects.toThrow(withCode("keyset.key"));
  });
  it("refuses malformed keysets", async () => {
    const { gateway, client } = setUp();
    gateway.keyset = Uint8Array.of(0x0a, 0x7f);
    await expect(client.chat(INPUT)).rejects.toThrow(withCode("keyset.malformed"));
  });
  it("without a pin, outlives a key rotation by failing once", async () => {
    const { gateway, client } = setUp();
    await client.streamChat(INPUT).text();
    const next = createAuthority("after the rotation");
    Object.assign(gateway, { authority: next, keyset: next.keyset });
    await expect(client.streamChat(INPUT).text()).rejects.toThrow(withCode("keyset.untrusted"));
    expect(await client.streamChat(INPUT).text()).toBe("Hello there.");
    expect(gateway.keysetCalls).toBe(2);
  });
  it("tries again after a failed fetch", async () => {
    const { gateway, client } = setUp();
    const { keyset } = gateway;
    gateway.keyset = new Uint8Array();
    await expect(client.keyset()).rejects.toThrow(withCode("keyset.malformed"));
    gateway.keyset = keyset;
    expect(hex((await client.keyset()).digest)).toBe(digest);
  });
  it("is required", () => {
    const transport = createRouterTransport(createFakeGateway().routes);
    expect(() => createClientOver(transport, {} as { trust: Trust })).toThrow(withCode("config.invalid"));
    expect(() => pinnedKeyset("abc")).toThrow(withCode("config.invalid"));
  });
});

describe("constraints", () => {
  const modelDigest = { kind: ModelDigestKind.VERITY, value: sha256(utf8("a model's blocks")) };

  it("come back in the seal and are compared", async () => {
    const { gateway, client } = setUp();
    await client.chat(INPUT, { constraints: { forbidServerSideTools: true, modelDigest } });
    gateway.script = {
      metadata: (metadata) => {
        delete metadata.constraints;
      },
    };
    await expect(client.chat(INPUT, { constraints: { forbidServerSideTools: true } })).rejects.toThrow(
      withCode("seal.field"),
    );
  });
  it("that demand another model stop a stream before its first chunk", async () => {
    const { client } = setUp();
    const constraints = { modelDigest: { ...modelDigest, value: new Uint8Array(32) } };
    const stream = client.streamChat(INPUT, { constraints });
    await expect(stream.text()).rejects.toThrow(withCode("accepted.field"));
    expect(stream.chunkCount).toBe(0n);
  });
  it("of the client apply where a call sets none", async () => {
    const gateway = createFakeGateway();
    const transport = createRouterTransport(gateway.routes);
    const client = createClientOver(transport, {
      trust: unattestedKeyset(),
      now,
      constraints: { modelDigest: { ...modelDigest, value: new Uint8Array(32) } },
    });
    await expect(client.chat(INPUT)).rejects.toThrow(withCode("seal.field"));
    await client.chat(INPUT, { constraints: {} });
  });
});

describe("chat input", () => {
  it("gives plain messages their typed form and leaves typed ones alone", () => {
    const input = fromBinary(
      ChatInputSchema,
      serialiseChatInput({
        model: "demo-model",
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "hi", name: "ann" },
          { role: Role.ASSISTANT, toolCalls: [{ id: "1", name: "f", arguments: "{}" }] },
          { role: "tool", content: "42", toolCallId: "1" },
        ],
        sampling: { temperature: 0, seed: 7n },
        tools: [{ name: "f" }],
        extras: { top_a: 0.5 },
      }),
    );
    expect(input.messages.map(({ role }) => role)).toEqual([Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL]);
    expect(input.messages[1]).toMatchObject({ name: "ann", content: [{ part: { case: "text", value: "hi" } }] });
    expect(input.messages[3]?.toolCallId).toBe("1");
    expect(input.sampling).toMatchObject({ temperature: 0, seed: 7n });
    expect(input.extras).toEqual({ top_a: 0.5 });
  });
  it("refuses what it cannot mean", () => {
    const messages = [{ role: "robot", content: "hi" }] as unknown as [{ role: "user"; content: string }];
    expect(() => serialiseChatInput({ model: "m", messages })).toThrow(withCode("input.invalid"));
    const parts = [{ role: "user", content: [{ type: "text" }] }] as unknown as [{ role: "user"; content: string }];
    expect(() => serialiseChatInput({ model: "m", messages: parts })).toThrow(withCode("input.invalid"));
    expect(() => serialiseChatInput({ model: "m", messages: [], topLogprobs: -1 })).toThrow(withCode("input.invalid"));
  });
});

describe("getSignature", () => {
  function answer(text: string, role: "stream" | "response" = "response") {
    const { streamEcdsa, streamEd25519, responseEcdsa, responseEd25519 } = createAuthority("gateway");
    const [ecdsaKey, ed25519Key] = role === "stream" ? [streamEcdsa, streamEd25519] : [responseEcdsa, responseEd25519];
    return {
      text,
      ecdsa: { keyId: ecdsaKey.publicKey.id, value: ecdsaKey.sign(text) },
      ed25519: { keyId: ed25519Key.publicKey.id, value: ed25519Key.sign(text) },
      status: SealStatus.COMPLETE,
      responseId: "chatcmpl-1",
      receiptId: "rcpt_1",
      // In capitals: addresses are compared without case.
      ecdsaAddress: ethereumAddress(ecdsaKey.publicKey.value).toUpperCase().replace("0X", "0x"),
      ed25519PublicKey: ed25519Key.publicKey.value,
    };
  }
  const text = responseText("demo-model", utf8("q"), utf8("r"));

  it("verifies REST texts under RESPONSE keys and seal texts under STREAM keys", async () => {
    const { gateway, client } = setUp();
    gateway.signature = answer(text);
    expect(await client.getSignature("chatcmpl-1")).toMatchObject({ kind: "response", status: "complete", text });
    expect(await client.getSignature("rcpt_1", { model: "demo-model" })).toMatchObject({ responseId: "chatcmpl-1" });
    const seal = `countersign.stream.v1:complete:${"a".repeat(64)}:3:${"b".repeat(64)}:${"c".repeat(64)}`;
    gateway.signature = answer(seal, "stream");
    expect(await client.getSignature("rcpt_1")).toMatchObject({ kind: "stream", status: "complete" });
    gateway.signature = answer(seal, "response");
    await expect(client.getSignature("rcpt_1")).rejects.toThrow(withCode("keyset.key"));
    gateway.signature = answer(text, "stream");
    await expect(client.getSignature("rcpt_1")).rejects.toThrow(withCode("keyset.key"));
  });

  it.each([
    ["signature.text", { text: "hello" }],
    ["signature.ecdsa", { text: text.replace("demo", "other") }],
    [
      "signature.ed25519",
      { ed25519: { keyId: createAuthority("gateway").responseEd25519.publicKey.id, value: new Uint8Array(64) } },
    ],
    ["signature.field", { responseId: "chatcmpl-2", receiptId: "rcpt_2" }],
    ["signature.field", { status: SealStatus.CANCELLED }],
    ["signature.field", { ecdsaAddress: `0x${"0".repeat(40)}` }],
    ["signature.field", { ed25519PublicKey: new Uint8Array(32) }],
  ])("%s", async (code, change) => {
    const { gateway, client } = setUp();
    gateway.signature = { ...answer(text), ...change };
    await expect(client.getSignature("chatcmpl-1")).rejects.toThrow(withCode(code));
  });

  it.each(["ecdsa", "ed25519"] as const)("refuses an answer without its %s signature", async (name) => {
    const { gateway, client } = setUp();
    const { [name]: _, ...rest } = answer(text);
    gateway.signature = rest;
    await expect(client.getSignature("chatcmpl-1")).rejects.toThrow(withCode(`signature.${name}`));
  });
});

describe("errors", () => {
  it.each([
    [Code.Canceled, "call.cancelled"],
    [Code.DeadlineExceeded, "call.deadline"],
    [Code.Unauthenticated, "call.unauthenticated"],
    [Code.Unavailable, "call.unavailable"],
    [Code.DataLoss, "call.data_loss"],
    [Code.ResourceExhausted, "call.resource_exhausted"],
    [Code.InvalidArgument, "call.invalid_argument"],
  ])("code %i of a call becomes %s and stays the cause", async (code, expected) => {
    const { gateway, client } = setUp();
    gateway.tamper = (messages) => messages.splice(0);
    gateway.trailingError = new ConnectError("no", code);
    const error = await client
      .streamChat(INPUT)
      .text()
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CountersignError);
    expect(error).toMatchObject({ code: expected, cause: expect.any(ConnectError) });
  });
  it.each([0, 1.5, -1, Number.NaN, 2 ** 31])("a deadline of %d ms is refused", async (timeoutMs) => {
    const { client } = setUp();
    await expect(client.chat(INPUT, { timeoutMs })).rejects.toThrow(withCode("config.invalid"));
  });
});
