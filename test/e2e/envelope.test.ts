import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAnswerOpener, sealRequest } from "../../clients/typescript/src/envelope/index.ts";
import {
  type ChatRequestInput,
  type CountersignError,
  chatText,
  completionText,
  createClient,
  IncompleteError,
  keysetBytes,
  pinnedKeyset,
  unattestedKeyset,
} from "../../clients/typescript/src/index.ts";
import { SealedErrorSchema } from "../../gen/ts/countersign/envelope/v1/envelope_pb.ts";
import {
  type Constraints,
  ConstraintsSchema,
  RequestForm,
} from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { answerWith, chatAnswer, DONE, delta, streamOf, wantsStream } from "../support/engine-answers.ts";
import { TOKEN } from "../support/gateway.ts";
import { type RecordingProxy, startRecordingProxy } from "../support/recording-proxy.ts";
import {
  chatPayload,
  chatRequest,
  errorReason,
  inferenceClient,
  PROTOCOLS,
  type Protocol,
  rejection,
} from "../support/rpc-client.ts";
import type { EngineScript } from "../support/scripted-engine.ts";

const PROMPT = "CANARY-of-the-prompt";
const ANSWER = "CANARY-of-the-answer";
const SERVICE = "/countersign.inference.v1.InferenceService";

const ask = (content = PROMPT): ChatRequestInput => ({ model: "m", messages: [{ role: "user", content }] });

/** Answers every inference path, each with the canary in it. */
const canaryEngine: EngineScript = (exchange) => {
  const completion = (text: string, finish: string | null) =>
    JSON.stringify({ id: "cmpl-1", model: "m", choices: [{ index: 0, text, finish_reason: finish }] });
  switch (exchange.path) {
    case "/v1/chat/completions":
      return wantsStream(exchange)
        ? streamOf(delta("chatcmpl-1", `${ANSWER} `), delta("chatcmpl-1", "x".repeat(700)), DONE)(exchange)
        : answerWith(200, chatAnswer("chatcmpl-1", ANSWER))(exchange);
    case "/v1/completions":
      return wantsStream(exchange)
        ? // The last text and [DONE] in one read: the final chunk has content.
          streamOf(`data: ${completion(ANSWER, null)}\n\n`, `data: ${completion("!", "stop")}\n\n${DONE}`)(exchange)
        : answerWith(200, completion(ANSWER, "stop"))(exchange);
    case "/v1/embeddings":
      return answerWith(200, JSON.stringify({ data: [{ index: 0, embedding: [0.5, -2] }], model: "m" }))(exchange);
    case "/tokenize":
      return answerWith(200, JSON.stringify({ tokens: [4, 2], count: 2, max_model_len: 8 }))(exchange);
    default:
      throw new Error("an unexpected path");
  }
};

let served: EngineAndGateway;
let proxy: RecordingProxy;
beforeAll(async () => {
  served = await startEngineAndGateway(canaryEngine);
  proxy = await startRecordingProxy(served.gateway.url);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await served[Symbol.asyncDispose]();
});

function open(protocol: Protocol = "connect", encrypt = true, url = proxy.url, keys = served.gateway.keys) {
  return createClient({ baseUrl: url, protocol, token: TOKEN, trust: keysetBytes(keys.keyset), encrypt });
}

const failure = (call: Promise<unknown>): Promise<CountersignError> =>
  call.then(
    () => Promise.reject(new Error("the call succeeded")),
    (error: CountersignError) => error,
  );

/** What a call is sealed for, with its own constraints, if any. */
interface Sealing {
  readonly method?: string;
  readonly model?: string;
  readonly constraints?: Constraints;
  readonly keysetDigest?: Uint8Array;
  readonly keyId?: string;
  /** How long ago it was made. Default 0. */
  readonly ageMs?: number;
  readonly input?: Uint8Array;
}

/** Seals a chat for the gateway of this file, or for something that is not quite it. */
function seal(to: Sealing = {}, keys = served.gateway.keys) {
  const { method = `${SERVICE}/Chat`, model = "m", constraints, input = chatPayload(PROMPT) } = to;
  const { keysetDigest = keys.keysetDigest, keyId = keys.envelope.id, ageMs = 0 } = to;
  const call = { method, model, constraints, keysetDigest, keyId };
  return sealRequest(call, keys.envelope.publicKey, { input, createdUnixMs: BigInt(Date.now() - ageMs) });
}

const request = (envelope: Uint8Array, constraints?: Constraints) => ({
  model: "m",
  ...(constraints === undefined ? {} : { constraints }),
  input: { case: "envelope" as const, value: envelope },
});

describe.each(PROTOCOLS)("over %s", (protocol) => {
  test("every method comes back decrypted and sealed", async () => {
    using client = open(protocol);
    const chat = await client.chat(ask());
    expect(chatText(chat.message)).toBe(ANSWER);
    expect(chat.message.usage?.totalTokens).toBe(5n);
    expect(chat.seal).toMatchObject({ status: "complete", chunkCount: 1n, responseId: "chatcmpl-1" });
    // Counts of tokens are in the encrypted answer only.
    expect(chat.seal.usage).toBeUndefined();
    expect((await client.getSignature(chat.seal.receiptId)).text).toBe(chat.seal.signedText);

    const stream = client.streamChat(ask(), { proof: { checkpointChunks: 1 } });
    expect(await stream.text()).toBe(`${ANSWER} ${"x".repeat(700)}`);
    expect((await stream.seal).chunkCount).toBe(stream.chunkCount);

    expect(completionText((await client.complete({ model: "m", prompts: [PROMPT] })).message)).toBe(ANSWER);
    expect(await client.streamComplete({ model: "m", prompts: [PROMPT] }).text()).toBe(`${ANSWER}!`);
    const vectors = (await client.embed({ model: "m", inputs: [PROMPT] })).message;
    expect(vectors.embeddings.map(({ values }) => [...values])).toEqual([[0.5, -2]]);
    expect([...(await client.tokenize({ model: "m", text: PROMPT })).message.tokenIds]).toEqual([4, 2]);
  });

  test("an error of the engine is told to the caller alone", async () => {
    const refusal: EngineScript = answerWith(
      400,
      JSON.stringify({
        error: { message: "CANARY is out of range", type: "BadRequestError", param: "top_CANARY", code: 400 },
      }),
    );
    served.engine.script = refusal;
    const before = proxy.recorded().length;
    try {
      using client = open(protocol);
      for (const call of [() => client.chat(ask()), () => client.streamChat(ask()).text()]) {
        const error = await failure(call());
        expect(error.code).toBe("call.invalid_argument");
        expect(error.message).toContain("CANARY is out of range");
      }
      expect(proxy.recorded().subarray(before).includes("CANARY")).toBe(false);
    } finally {
      served.engine.script = canaryEngine;
    }
  });
});

test("nothing of what is said is on the wire or in the log; the same calls in plaintext are on both", async () => {
  const before = proxy.recorded().length;
  for (const protocol of PROTOCOLS) {
    using client = open(protocol);
    await client.chat(ask());
    await client.streamChat(ask()).text();
    await client.complete({ model: "m", prompts: [PROMPT] });
    await client.streamComplete({ model: "m", prompts: [PROMPT] }).text();
    await client.tokenize({ model: "m", text: PROMPT });
    await failure(client.chat({ ...ask(), messages: [{ role: "CANARY" as "user", content: "" }] }));
  }
  expect(served.engine.exchanges.some(({ body }) => body.includes(PROMPT))).toBe(true);
  const sealed = proxy.recorded().subarray(before);
  expect(sealed.length).toBeGreaterThan(10_000);
  // As it is, and in base64 at each of its offsets.
  const inBase64 = ["CANA", "ANAR", "NARY"].map((part) => Buffer.from(part).toString("base64").slice(0, 5));
  for (const form of ["CANARY", ...inBase64]) expect(sealed.includes(form)).toBe(false);
  expect(served.gateway.log.join("\n")).not.toContain("CANARY");

  using plain = open("grpc", false);
  await plain.chat(ask());
  expect(
    proxy
      .recorded()
      .subarray(before + sealed.length)
      .includes(PROMPT),
  ).toBe(true);
});

/** The documented sizes of a padded plaintext: doublings of the smallest up to 1 MiB. */
const sizes = (smallest: number) => new Set(Array.from({ length: 13 }, (_, at) => smallest * 2 ** at));

test("lengths on the wire are of the documented sizes, whatever the lengths of what is said", async () => {
  const { url } = served.gateway;
  const lengths = async (prompt: string) => {
    const { envelope } = await seal({ method: `${SERVICE}/StreamChat`, input: chatPayload(prompt) });
    const chunks: number[] = [];
    for await (const { event } of inferenceClient(url, "connect").streamChat(request(envelope))) {
      if (event.case === "chunk") chunks.push(event.value.payload.length - (chunks.length === 0 ? 32 : 0) - 16);
    }
    return { sent: envelope.length, chunks };
  };
  const short = await lengths("a");
  const longer = await lengths("a".repeat(900));
  expect(short.sent).toBe(longer.sent);
  expect(short.chunks.length).toBeGreaterThan(0);
  for (const length of [...short.chunks, ...longer.chunks]) expect(sizes(256)).toContain(length);
  const answers = await Promise.all(
    ["a", "b".repeat(150)].map(async (text) => {
      await using other = await startEngineAndGateway(answerWith(200, chatAnswer("chatcmpl-1", text)));
      const { envelope } = await seal({}, other.gateway.keys);
      return (await inferenceClient(other.gateway.url, "grpc").chat(request(envelope))).payload.length;
    }),
  );
  expect(answers).toEqual([32 + 256 + 16, 32 + 256 + 16]);
});

describe("the gateway refuses", () => {
  const chat = (envelope: Uint8Array, constraints?: Constraints) =>
    rejection(inferenceClient(served.gateway.url, "connect").chat(request(envelope, constraints)));
  const strict = create(ConstraintsSchema, { forbidServerSideTools: true });

  test.each<[string, Sealing, Constraints | undefined, string]>([
    ["another method", { method: `${SERVICE}/Complete` }, undefined, "ENVELOPE_INVALID"],
    ["another model", { model: "n" }, undefined, "ENVELOPE_INVALID"],
    ["constraints that were taken away", { constraints: strict }, undefined, "ENVELOPE_INVALID"],
    ["constraints that were added", {}, strict, "ENVELOPE_INVALID"],
    ["another keyset", { keysetDigest: new Uint8Array(32).fill(1) }, undefined, "ENVELOPE_KEY_UNKNOWN"],
    ["another key", { keyId: "envelope-x25519-0000000000000000" }, undefined, "ENVELOPE_KEY_UNKNOWN"],
    ["an old call", { ageMs: 301_000 }, undefined, "ENVELOPE_STALE"],
    ["a call of the future", { ageMs: -600_000 }, undefined, "ENVELOPE_STALE"],
    ["a call of the end of time", { ageMs: -1e15 }, undefined, "ENVELOPE_STALE"],
  ])("%s", async (_what, to, constraints, reason) => {
    const before = served.engine.exchanges.length;
    expect(errorReason(await chat((await seal(to)).envelope, constraints))).toBe(reason);
    expect(served.engine.exchanges.length).toBe(before);
  });

  test("a replay, in either method of asking and at once", async () => {
    const { envelope } = await seal();
    const before = served.engine.exchanges.length;
    const outcomes = await Promise.allSettled(
      PROTOCOLS.map((protocol) => inferenceClient(served.gateway.url, protocol).chat(request(envelope))),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
    const again = await chat(envelope);
    expect([again.code, errorReason(again)]).toEqual([Code.AlreadyExists, "ENVELOPE_REPLAYED"]);
    expect(served.engine.exchanges.length).toBe(before + 1);
  });

  test("every altered byte, and bytes that are no envelope", async () => {
    const { envelope } = await seal();
    const reasons = new Set<string | undefined>();
    for (let at = 0; at < envelope.length; at += 7) {
      const altered = envelope.slice();
      altered[at] = (altered[at] ?? 0) ^ 0x01;
      reasons.add(errorReason(await chat(altered)));
    }
    for (const bytes of [new Uint8Array(), Uint8Array.of(0xff), envelope.subarray(0, envelope.length - 1)]) {
      reasons.add(errorReason(await chat(bytes)));
    }
    expect(reasons).toEqual(new Set(["ENVELOPE_INVALID", "ENVELOPE_KEY_UNKNOWN"]));
    // Nothing of that has used the envelope up.
    const { payload } = await inferenceClient(served.gateway.url, "connect").chat(request(envelope));
    expect(payload.length).toBeGreaterThan(0);
  });

  test("an input of another type, in words that only its caller can read", async () => {
    const { envelope, answer } = await seal({ input: Uint8Array.of(0x0a, 0x7f) });
    const error = await chat(envelope);
    expect([error.code, errorReason(error)]).toEqual([Code.InvalidArgument, "INVALID_REQUEST"]);
    expect(error.rawMessage).not.toContain("ChatInput");
    const [sealed] = error.findDetails(SealedErrorSchema);
    if (sealed === undefined) throw new Error("no sealed detail");
    const details = await createAnswerOpener(answer).error(sealed);
    expect(details).toMatchObject({ reason: "INVALID_REQUEST", field: "payload" });
    expect(details.message).toContain("ChatInput");
  });

  test("plaintext from a caller that asked for an envelope", async () => {
    const constraints = create(ConstraintsSchema, { requireEnvelope: true });
    for (const protocol of PROTOCOLS) {
      const client = inferenceClient(served.gateway.url, protocol);
      const plain = { ...chatRequest(chatPayload(PROMPT)), constraints };
      const drain = async (): Promise<void> => {
        for await (const _ of client.streamChat(plain));
      };
      for (const call of [() => client.chat(plain), drain]) {
        const error = await rejection(call());
        expect([error.code, errorReason(error)]).toEqual([Code.FailedPrecondition, "ENCRYPTION_REQUIRED"]);
      }
    }
    using client = open("grpc");
    const { message } = await client.chat(ask(), { constraints: { requireEnvelope: true } });
    expect(chatText(message)).toBe(ANSWER);
  });
});

test("a gateway that requires encryption takes nothing else, on any door", async () => {
  await using required = await startEngineAndGateway(canaryEngine, { env: { COUNTERSIGN_E2EE_REQUIRED: "true" } });
  const { url, keys } = required.gateway;
  const client = inferenceClient(url, "connect");
  const typed = { model: "m", input: { case: "chat" as const, value: { messages: [] } } };
  for (const call of [chatRequest(), typed as never]) {
    expect(errorReason(await rejection(client.chat(call)))).toBe("ENCRYPTION_REQUIRED");
  }
  for (const path of ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"]) {
    const answer = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "m" }),
    });
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
      412,
      "encryption_required",
    ]);
  }
  expect(required.engine.exchanges).toEqual([]);
  using encrypting = open("connect", true, url, keys);
  expect(chatText((await encrypting.chat(ask())).message)).toBe(ANSWER);
});

test("a gateway that cannot remember more requests refuses them", async () => {
  await using full = await startEngineAndGateway(canaryEngine, { env: { COUNTERSIGN_E2EE_REPLAY_ENTRIES: "1" } });
  using client = open("connect", true, full.gateway.url, full.gateway.keys);
  await client.chat(ask());
  const error = await failure(client.chat(ask()));
  expect(error.code).toBe("call.resource_exhausted");
});

test("an answer the engine breaks off has no final chunk, and its seal says why", async () => {
  served.engine.script = async (exchange) => {
    await streamOf(delta("chatcmpl-1", ANSWER))(exchange);
    exchange.end();
  };
  try {
    for (const protocol of PROTOCOLS) {
      using client = open(protocol);
      const stream = client.streamChat(ask());
      let text = "";
      const reading = (async () => {
        for await (const { deltas } of stream) text += deltas.map(({ content }) => content).join("");
      })();
      const error = await failure(reading);
      expect(error).toBeInstanceOf(IncompleteError);
      expect(text).toBe(ANSWER);
      expect((error.cause as CountersignError).message).toContain("ended its answer without [DONE]");
    }
  } finally {
    served.engine.script = canaryEngine;
  }
});

test("the seal of an encrypted call names its form, and a client that sent plaintext refuses it", async () => {
  const { envelope } = await seal();
  const { seal: sealed } = await inferenceClient(served.gateway.url, "grpc-web").chat(request(envelope));
  const { fromBinary } = await import("@bufbuild/protobuf");
  const { SealMetadataSchema } = await import("../../gen/ts/countersign/transcript/v1/transcript_pb.ts");
  const metadata = fromBinary(SealMetadataSchema, sealed?.metadata ?? new Uint8Array());
  expect(metadata.requestForm).toBe(RequestForm.ENVELOPE);
  expect(metadata.usage).toBeUndefined();
});

describe("a client that is to encrypt", () => {
  test("does not take keys that nobody vouches for", () => {
    const make = () => createClient({ baseUrl: proxy.url, trust: unattestedKeyset(), encrypt: true });
    expect(make).toThrow("[config.invalid]");
  });

  test("works with a pinned keyset", async () => {
    const digest = Buffer.from(served.gateway.keys.keysetDigest).toString("hex");
    using client = createClient({ baseUrl: proxy.url, token: TOKEN, trust: pinnedKeyset(digest), encrypt: true });
    expect(chatText((await client.chat(ask())).message)).toBe(ANSWER);
  });

  test("sends nothing to a gateway with other keys, and says so", async () => {
    await using other = await startEngineAndGateway(canaryEngine);
    using client = open("connect", true, other.gateway.url);
    const error = await failure(client.chat(ask()));
    expect(error.code).toBe("call.failed_precondition");
    expect(error.message).toContain("keyset");
    expect(other.engine.exchanges).toEqual([]);
  });
});

test("works in JSON, where bytes are base64", async () => {
  const { envelope } = await seal();
  const answer = await fetch(`${served.gateway.url}${SERVICE}/Chat`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "m", envelope: Buffer.from(envelope).toString("base64") }),
  });
  expect(answer.status).toBe(200);
  const { payload } = (await answer.json()) as { payload: string };
  expect(Buffer.from(payload, "base64").length).toBe(32 + 256 + 16);
});
