import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { x25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { envelopeKeyPair } from "../../clients/typescript/src/envelope/index.ts";
import {
  type CountersignError,
  chatText,
  createClientOver,
  IncompleteError,
  keysetBytes,
} from "../../clients/typescript/src/index.ts";
import { KeyAlgorithm, KeyRole } from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { ErrorDetailsSchema, SealedErrorSchema } from "../../gen/ts/countersign/envelope/v1/envelope_pb.ts";
import { ChatChunkSchema } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { ChatResponseSchema, InferenceService } from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { RequestForm, type SealMetadata, SealStatus } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type AnswerSealer, createEnvelopeOpener } from "../../src/envelope/index.ts";
import { GatewayError } from "../../src/errors/index.ts";
import {
  type Authority,
  publicKey,
  serialiseKeyset,
  sha256,
  testSecret,
  VERIFY_AT,
} from "../../tools/vectors/authority.ts";
import { chatResult } from "../../tools/vectors/chat-content.ts";
import { AUTHORITY } from "../../tools/vectors/defaults.ts";
import { type Script, signExchange } from "../../tools/vectors/exchange.ts";

const SERVICE = "/countersign.inference.v1.InferenceService";
const NOW = Number(VERIFY_AT);
const SECRET = testSecret("encrypted calls");
const KEY = publicKey("envelope-x25519", KeyRole.ENVELOPE, KeyAlgorithm.X25519, x25519.getPublicKey(SECRET));
const KEYSET = serialiseKeyset(
  [AUTHORITY.streamEd25519, AUTHORITY.streamEcdsa].map((key) => key.publicKey).concat(KEY),
);
const OWNER: Authority = { ...AUTHORITY, keyset: KEYSET, keysetDigest: sha256(KEYSET) };
const INPUT = { model: "demo-model", messages: [{ role: "user", content: "Say hello." }] } as const;
const pair = await envelopeKeyPair(SECRET, KEY.value);

const chunkOf = (text: string): Uint8Array =>
  toBinary(ChatChunkSchema, create(ChatChunkSchema, { deltas: [{ content: text }] }));
/** What a gateway does with an opened request: the payloads it signs, however it made them. */
type Answer = (
  sealer: AnswerSealer,
  seal: (content: Uint8Array | undefined, isFinal: boolean) => Uint8Array,
) => readonly Uint8Array[];

interface Behaviour {
  readonly answer: Answer;
  readonly script?: Partial<Script>;
  /** Changes what the seal says. Default: what an honest seal of an encrypted call says. */
  readonly metadata?: (metadata: SealMetadata) => void;
  /** Ends the call, after what was signed. */
  readonly error?: (sealer: AnswerSealer) => ConnectError;
}

const honestMetadata = (metadata: SealMetadata): void => {
  metadata.requestForm = RequestForm.ENVELOPE;
  delete metadata.usage;
};

/** A client of a gateway that holds every key of its keyset and does with them as the test says. */
function clientOf({ answer, script = {}, metadata = honestMetadata, error }: Behaviour, keyset = KEYSET) {
  const keys = {
    envelope: { id: KEY.id, publicKey: KEY.value, pair, custodyChain: [] },
    keysetDigest: OWNER.keysetDigest,
  };
  const opener = createEnvelopeOpener({ keys, maxRemembered: 10, now: () => NOW });
  const seen: unknown[] = [];
  const signed = async (name: string, model: string, input: { case?: string | undefined; value?: unknown }) => {
    seen.push(input.case);
    const method = `${SERVICE}/${name}`;
    const requestPayload = input.value as Uint8Array;
    const { sealer } = await opener.open({ method, model }, requestPayload);
    const payloads = answer(sealer, (content, isFinal) => {
      const linked = content && new Uint8Array([...new Uint8Array(32), ...content]);
      return new Uint8Array(sealer.chunk(linked, isFinal).subarray(32));
    });
    const call = { method, model, requestPayload };
    return { sealer, payloads, ...signExchange({ authority: OWNER, call, payloads, metadata, ...script }) };
  };
  const transport = createRouterTransport(({ service }) => {
    service(InferenceService, {
      async chat({ model, input }) {
        const { sealer, payloads, seal } = await signed("Chat", model, input);
        if (error !== undefined) throw error(sealer);
        return create(ChatResponseSchema, { payload: payloads[0] ?? new Uint8Array(), seal });
      },
      async *streamChat({ model, input }) {
        const { sealer, messages } = await signed("StreamChat", model, input);
        yield* messages;
        if (error !== undefined) throw error(sealer);
      },
    });
  });
  return { seen, client: createClientOver(transport, { trust: keysetBytes(keyset), now: () => NOW, encrypt: true }) };
}

async function outcome(behaviour: Behaviour) {
  const { client } = clientOf(behaviour);
  const stream = client.streamChat(INPUT);
  let text = "";
  try {
    for await (const { deltas } of stream) text += deltas.map(({ content }) => content).join("");
    return { text, code: null };
  } catch (error) {
    return { text, code: (error as CountersignError).code, error: error as CountersignError };
  }
}

describe("an encrypted stream", () => {
  it("is read to its final chunk, which may be empty or not", async () => {
    const empty: Answer = (_, seal) => [seal(chunkOf("a"), false), seal(chunkOf("b"), false), seal(undefined, true)];
    const full: Answer = (_, seal) => [seal(chunkOf("a"), false), seal(chunkOf("b"), true)];
    for (const answer of [empty, full]) expect(await outcome({ answer })).toEqual({ text: "ab", code: null });
  });

  // Every one of these is hashed and signed as complete by the gateway's own keys.
  it.each<[string, string, string, Answer]>([
    ["without its final chunk", "envelope.truncated", "a", (_, seal) => [seal(chunkOf("a"), false)]],
    ["without a chunk", "envelope.truncated", "", () => []],
    [
      "with a chunk left out",
      "envelope.chunk",
      "a",
      (_, seal) => {
        const [first, , last] = [seal(chunkOf("a"), false), seal(chunkOf("b"), false), seal(undefined, true)];
        return [first ?? new Uint8Array(), last ?? new Uint8Array()];
      },
    ],
    [
      "in another order",
      "envelope.chunk",
      "a",
      (_, seal) => {
        const [first, second, third] = ["a", "b", "c"].map((text) => seal(chunkOf(text), text === "c"));
        return [first, third, second].map((chunk) => chunk ?? new Uint8Array());
      },
    ],
    [
      "with more after its final chunk",
      "envelope.frame",
      "a",
      (_, seal) => [seal(chunkOf("a"), true), seal(chunkOf("b"), true)],
    ],
    ["in plaintext", "envelope.chunk", "", () => [chunkOf("a")]],
    ["of something else than messages", "message.malformed", "", (_, seal) => [seal(Uint8Array.of(0x0a, 0x7f), true)]],
  ])("%s is refused as %s", async (_what, code, text, answer) => {
    expect(await outcome({ answer })).toMatchObject({ text, code });
  });

  it("whose seal says that it was plaintext is refused", async () => {
    const answer: Answer = (_, seal) => [seal(chunkOf("a"), true)];
    expect(await outcome({ answer, metadata: () => {} })).toMatchObject({ code: "seal.field" });
  });

  it("that failed carries its seal, and the error's own text", async () => {
    const { error, text } = await outcome({
      answer: (_, seal) => [seal(chunkOf("a"), false)],
      script: { status: SealStatus.UPSTREAM_FAILED, failureReason: "engine_failed" },
      error: (sealer) => sealer.error(new GatewayError("engine_failed", "what the engine said")),
    });
    expect(text).toBe("a");
    expect(error).toBeInstanceOf(IncompleteError);
    expect(error?.cause).toMatchObject({ message: "[call.internal] what the engine said" });
  });
});

describe("an encrypted answer", () => {
  it("is one final chunk", async () => {
    const { client, seen } = clientOf({ answer: (_, seal) => [seal(chatResult("hello"), true)] });
    expect(chatText((await client.chat(INPUT)).message)).toBe("hello");
    expect(seen).toEqual(["envelope"]);
  });

  it.each<[string, string, Answer]>([
    ["that is not final", "envelope.truncated", (_, seal) => [seal(chatResult("hello"), false)]],
    ["in plaintext", "envelope.chunk", () => [chatResult("hello")]],
  ])("%s is refused as %s", async (_what, code, answer) => {
    await expect(clientOf({ answer }).client.chat(INPUT)).rejects.toMatchObject({ code });
  });

  const nothing: Answer = () => [];
  it("that is an error says what only its caller can read", async () => {
    const error = (sealer: AnswerSealer): ConnectError =>
      sealer.error(new GatewayError("engine_rejected", "no option x"));
    const failing = clientOf({ answer: nothing, error }).client.chat(INPUT);
    await expect(failing).rejects.toMatchObject({
      code: "call.invalid_argument",
      message: "[call.invalid_argument] no option x",
    });
  });

  it("that is an error of somebody else is not believed", async () => {
    const forged = new ConnectError("trust me", Code.InvalidArgument);
    const details = toBinary(ErrorDetailsSchema, create(ErrorDetailsSchema, { message: "trust me" }));
    forged.details.push({ desc: SealedErrorSchema, value: { salt: new Uint8Array(32), ciphertext: details } });
    const failing = clientOf({ answer: nothing, error: () => forged }).client.chat(INPUT);
    await expect(failing).rejects.toMatchObject({ code: "envelope.error" });
  });

  it("is not asked for where the keyset holds no key to encrypt to, or none that is valid", async () => {
    const expired = { ...KEY, notAfterUnixMs: VERIFY_AT - 300_001n };
    for (const keys of [[], [expired]]) {
      const signing = [AUTHORITY.streamEd25519.publicKey, AUTHORITY.streamEcdsa.publicKey];
      const { client, seen } = clientOf({ answer: nothing }, serialiseKeyset([...signing, ...keys]));
      await expect(client.chat(INPUT)).rejects.toMatchObject({ code: "envelope.unavailable" });
      await expect(client.streamChat(INPUT).text()).rejects.toMatchObject({ code: "envelope.unavailable" });
      expect(seen).toEqual([]);
    }
  });
});
