import { createHash } from "node:crypto";
import { Code, ConnectError, createClient as createRpcClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ChatRequestInput,
  type ConnectedClient,
  chatText,
  createClient,
  IncompleteError,
  pinnedKeyset,
} from "../../clients/typescript/src/index.ts";
import { InferenceService } from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { type DemoGatewayProcess, startDemoGatewayProcess } from "../support/demo-gateway-process.ts";
import { type Behaviour, LONG_RECITATION, SHORT_RECITATION, type Way, waysOf } from "../support/protocol-matrix.ts";
import { chatPayload, chatRequest, rejection } from "../support/rpc-client.ts";

const say = (prompt: string): ChatRequestInput => ({ model: "demo", messages: [{ role: "user", content: prompt }] });
const SHORT = say(SHORT_RECITATION.prompt);
const LONG = { ...say(LONG_RECITATION.prompt), sampling: { maxTokens: 2_000 } };

/** The error a call ends with, as far as the tests look at it. */
async function failure(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (thrown: Error & { readonly code: string }) => thrown,
  );
  if (error === undefined) throw new Error("the call succeeded");
  const details = error.cause instanceof ConnectError ? error.cause : undefined;
  return {
    error,
    code: error.code,
    reason: details?.findDetails(ErrorInfoSchema)[0]?.reason,
    fields: details?.findDetails(BadRequestSchema)[0]?.fieldViolations.map(({ field }) => field),
  };
}

let gateway: DemoGatewayProcess;
beforeAll(async () => {
  gateway = await startDemoGatewayProcess();
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe.each(waysOf("typescript"))("$name", (way) => {
  let client: ConnectedClient;

  function open(token: string | undefined): ConnectedClient {
    if (way.protocol === "rest") throw new Error("not a protocol of this client");
    return createClient({
      baseUrl: way.secure ? gateway.tlsUrl : gateway.url,
      protocol: way.protocol,
      httpVersion: way.httpVersion,
      tls: { ca: gateway.certificate },
      trust: pinnedKeyset(gateway.keyset),
      ...(token === undefined ? {} : { token }),
    });
  }

  beforeAll(async () => {
    client = open(gateway.token);
    await client.keyset();
  });
  afterAll(() => client.close());

  const unary = async (): Promise<void> => {
    const { message, seal, pinned } = await client.chat(SHORT);
    expect(chatText(message)).toBe(SHORT_RECITATION.text);
    expect(message.choices[0]?.finishReason).toBe("stop");
    expect(pinned).toBe(true);
    expect(seal).toMatchObject({ status: "complete", chunkCount: 1n, model: "demo", responseId: message.id });
    expect(seal.usage).toEqual(message.usage);
    expect((await client.getSignature(seal.receiptId)).text).toBe(seal.signedText);
  };

  /** The record of a stream that was left says so. */
  async function expectSealedAsLeft(receiptId: string | undefined): Promise<void> {
    expect(await client.getSignature(receiptId ?? "")).toMatchObject({ kind: "stream", status: "cancelled" });
  }

  const BEHAVIOUR: Readonly<Record<Behaviour, () => Promise<void>>> = {
    unary,
    stream: async () => {
      const stream = client.streamChat(SHORT);
      expect(await stream.text()).toBe(SHORT_RECITATION.text);
      const seal = await stream.seal;
      expect(seal).toMatchObject({ status: "complete", chunkCount: stream.chunkCount, receiptId: stream.receiptId });
      expect((await client.getSignature(seal.receiptId)).text).toBe(seal.signedText);
    },
    error: async () => {
      using stranger = open(undefined);
      using impostor = open("wrong");
      for (const call of ["chat", "streamChat"] as const) {
        const ask = (by: ConnectedClient, input: ChatRequestInput) =>
          failure(call === "chat" ? by.chat(input) : by.streamChat(input).text());
        const unknown = { code: "call.not_found", reason: "MODEL_NOT_FOUND", fields: ["model"] };
        expect(await ask(client, { ...SHORT, model: "other" })).toMatchObject(unknown);
        for (const by of [stranger, impostor]) {
          const unauthenticated = { code: "call.unauthenticated", reason: "UNAUTHENTICATED" };
          expect(await ask(by, SHORT)).toMatchObject(unauthenticated);
        }
        const content = [{ part: { case: "text", value: "Hi" } as const }];
        const nobody = { model: "demo", messages: [{ role: "user", content: "Hi" } as const, { content }] };
        const invalid = { code: "call.invalid_argument", reason: "INVALID_REQUEST", fields: ["messages[1].role"] };
        expect(await ask(client, nobody)).toMatchObject(invalid);
        const rejected = { code: "call.invalid_argument", reason: "ENGINE_REJECTED", fields: ["max_tokens"] };
        expect(await ask(client, { ...SHORT, sampling: { maxTokens: 0 } })).toMatchObject(rejected);
      }
      await unary();
    },
    trailers: () => expectMetadata(way),
    cancel: async () => {
      const stream = client.streamChat(LONG);
      let text = "";
      await gateway.expectEngineNotices(async () => {
        for await (const chunk of stream) {
          for (const { content } of chunk.deltas) text += content;
          if (stream.chunkCount >= 3n) break;
        }
      });
      expect(LONG_RECITATION.text.startsWith(text)).toBe(true);
      expect((await failure(stream.seal)).code).toBe("call.cancelled");
      await expectSealedAsLeft(stream.receiptId);

      const leaving = new AbortController();
      const { code } = await gateway.expectEngineNotices(async () => {
        const left = failure(client.chat(LONG, { signal: leaving.signal }));
        const running = () => gateway.engineMetric("countersign_demo_requests_running");
        await expect.poll(running, { interval: 5 }).toBe(1);
        leaving.abort();
        return left;
      });
      expect(code).toBe("call.cancelled");
      await unary();
    },
    deadline: async () => {
      const stream = client.streamChat(LONG, { timeoutMs: 250 });
      const { error, code } = await gateway.expectEngineNotices(() => failure(stream.text()));
      // Client and gateway watch the same deadline, and either may be first.
      if (error instanceof IncompleteError) {
        expect(error.seal).toMatchObject({ status: "cancelled", failureReason: "deadline_exceeded" });
      } else expect(code).toBe("call.deadline");
      await expectSealedAsLeft(stream.receiptId);

      const whole = await gateway.expectEngineNotices(() => failure(client.chat(LONG, { timeoutMs: 250 })));
      expect(whole.code).toBe("call.deadline");
      await unary();
    },
    "slow reader": async () => {
      // More than windows and socket buffers hold, so that the engine itself has to wait.
      const prompt = `${SHORT_RECITATION.prompt} ${SHORT_RECITATION.text}`;
      const input = { ...say(prompt), sampling: { n: 24 }, logprobs: true, topLogprobs: 20 };
      const stream = client.streamChat(input, { proof: { checkpointChunks: 16 } });
      const texts = Array.from({ length: 24 }, () => "");
      let tokens = 0;
      for await (const { deltas } of stream) {
        for (const { index, content, logprobs } of deltas) {
          texts[index] += content;
          tokens += logprobs?.content.length ?? 0;
        }
        // A reader that is slower than the engine: the delay is the case, it waits for nothing.
        if (stream.chunkCount <= 10n) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(new Set(texts)).toEqual(new Set([`${SHORT_RECITATION.text} ${SHORT_RECITATION.text}`]));
      expect((await stream.seal).usage?.completionTokens).toBe(BigInt(tokens));
      // A read is at most 64 KiB, so there are enough chunks for checkpoints however they fall.
      expect(stream.checkpointed).toBeGreaterThan(0n);
    },
  };

  test.each(way.behaviours)("%s", (behaviour) => BEHAVIOUR[behaviour]());
});

/** What travels around the messages, looked at below the client: headers, trailers, and those of a refusal. */
async function expectMetadata(way: Way): Promise<void> {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${gateway.token}`);
    request.header.set("x-request-id", "metadata-of-the-matrix");
    return next(request);
  };
  const options = {
    baseUrl: way.secure ? gateway.tlsUrl : gateway.url,
    interceptors: [authorize],
    nodeOptions: { ca: gateway.certificate },
  };
  const { protocol, httpVersion } = way;
  if (protocol === "rest") throw new Error("not a protocol of this client");
  const create = protocol === "connect" ? createConnectTransport : createGrpcWebTransport;
  const transport = protocol === "grpc" ? createGrpcTransport(options) : create({ ...options, httpVersion } as never);
  const inference = createRpcClient(InferenceService, transport);
  const payload = chatPayload(SHORT_RECITATION.prompt);
  let header = new Headers();
  let trailer = new Headers();
  const callbacks = {
    onHeader(fields: Headers) {
      header = fields;
    },
    onTrailer(fields: Headers) {
      trailer = fields;
    },
  };

  let receiptId: string | undefined;
  let last: string | undefined;
  for await (const { event } of inference.streamChat(chatRequest(payload, "demo"), callbacks)) {
    if (event.case === "accepted") {
      receiptId = event.value.receiptId;
      expect(Buffer.from(event.value.requestDigest)).toEqual(createHash("sha256").update(payload).digest());
      // Headers came before the first message, trailers come after the last.
      expect(header.get("x-receipt-id")).toBe(receiptId);
      expect(header.get("x-request-id")).toBe("metadata-of-the-matrix");
      expect(trailer.get("x-receipt-id")).toBeNull();
    }
    last = event.case;
  }
  expect(last).toBe("seal");
  expect(trailer.get("x-receipt-id")).toBe(receiptId);

  await inference.chat(chatRequest(payload, "demo"), callbacks);
  expect(header.get("x-receipt-id")).toMatch(/./);
  expect(header.get("x-request-id")).toBe("metadata-of-the-matrix");

  const refused = inference.streamChat(chatRequest(payload, "other"), callbacks)[Symbol.asyncIterator]();
  expect((await rejection(refused.next())).code).toBe(Code.NotFound);
}
