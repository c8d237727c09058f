import { fromBinary } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChatResultSchema } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { SignatureService } from "../../gen/ts/countersign/signature/v1/signature_service_pb.ts";
import { SealStatus } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { answerWith, chatAnswer, DONE, delta, healthy, streamOf } from "../support/engine-answers.ts";
import {
  ENDLESS_STREAM,
  type EngineFailure,
  FAILING_ID,
  FAILURES_BEFORE_THE_HEAD,
  FAILURES_WITHIN_A_STREAM,
  FAILURES_WITHIN_AN_ANSWER,
  limitsFor,
  OPENING,
} from "../support/engine-failures.ts";
import {
  chatPayload,
  chatRequest,
  errorReason,
  inferenceClient,
  PROTOCOLS,
  type Protocol,
  rejection,
  transportTo,
} from "../support/rpc-client.ts";
import { type CheckedStream, checkSeal, checkStream } from "../support/transcript-check.ts";

/** Streams a chat and recomputes all of it. */
function streamChat({ gateway }: EngineAndGateway, protocol: Protocol): Promise<CheckedStream> {
  const payload = chatPayload();
  const stream = inferenceClient(gateway.url, protocol).streamChat(chatRequest(payload));
  return checkStream(stream, payload, gateway.keys.stream);
}

/** What must be true of a stream that failed with `code`. */
function expectFailure(checked: CheckedStream, code: string): void {
  expect(checked.status).toBe(SealStatus.UPSTREAM_FAILED);
  expect(checked.metadata.failureReason).toBe(code);
  expect(checked.error?.code).toBe(Code.Unavailable);
  expect(errorReason(checked.error as never)).toBe(code.toUpperCase());
}

/** Both ids must lead to a record of the very text that was signed. */
async function expectRecord({ gateway }: EngineAndGateway, id: string, status: SealStatus, text: string | RegExp) {
  const record = await createClient(SignatureService, transportTo(gateway.url, "connect")).getSignature({ id });
  expect(record.status).toBe(status);
  if (typeof text === "string") expect(record.text).toBe(text);
  else expect(record.text).toMatch(text);
  expect(record.ecdsaAddress).toBe(gateway.keys.stream.ecdsaAddress);
}

const UNREADABLE: readonly EngineFailure[] = [
  { name: "answers with HTML", script: answerWith(200, "<html>", { "content-type": "text/html" }) },
  { name: "answers with nothing", script: answerWith(200, "") },
  { name: "answers with a list", script: answerWith(200, "[1]") },
].map((failure) => ({ ...failure, code: "engine_protocol", status: 502 }));

describe.concurrent.each(PROTOCOLS)("over %s", (protocol) => {
  test.concurrent.each([...FAILURES_BEFORE_THE_HEAD, ...UNREADABLE])(
    "StreamChat of an engine that $name is sealed with no chunk",
    async (failure) => {
      await using pair = await startEngineAndGateway(failure.script, { env: limitsFor(failure) });
      const checked = await streamChat(pair, protocol);
      expect(checked.chunks).toHaveLength(0);
      expectFailure(checked, failure.code);
      await expectRecord(pair, checked.receiptId, SealStatus.UPSTREAM_FAILED, checked.signedText);
    },
  );

  test.concurrent.each(FAILURES_WITHIN_A_STREAM)(
    "StreamChat of an engine that $name is sealed with what was sent",
    async (failure) => {
      await using pair = await startEngineAndGateway(failure.script, { env: limitsFor(failure) });
      const checked = await streamChat(pair, protocol);
      expect(checked.text).toBe("Hel");
      expect(checked.metadata.responseId).toBe(FAILING_ID);
      expectFailure(checked, failure.code);
      await expectRecord(pair, checked.receiptId, SealStatus.UPSTREAM_FAILED, checked.signedText);
      await expectRecord(pair, FAILING_ID, SealStatus.UPSTREAM_FAILED, checked.signedText);
    },
  );

  test.concurrent.each([...FAILURES_BEFORE_THE_HEAD, ...FAILURES_WITHIN_AN_ANSWER, ...UNREADABLE])(
    "Chat of an engine that $name is a typed error with a receipt",
    async (failure) => {
      await using pair = await startEngineAndGateway(failure.script, { env: limitsFor(failure) });
      const error = await rejection(inferenceClient(pair.gateway.url, protocol).chat(chatRequest()));
      expect(error.code).toBe(Code.Unavailable);
      expect(errorReason(error)).toBe(failure.code.toUpperCase());
      await expectRecord(
        pair,
        error.metadata.get("x-receipt-id") ?? "",
        SealStatus.UPSTREAM_FAILED,
        /:upstream_failed:\w+:0:/,
      );
    },
  );

  test.concurrent("Chat is a transcript of one chunk", async () => {
    await using pair = await startEngineAndGateway(answerWith(200, chatAnswer("chatcmpl-9", "Hello")));
    const payload = chatPayload();
    const { payload: result, seal } = await inferenceClient(pair.gateway.url, protocol).chat(chatRequest(payload));
    if (seal === undefined) throw new Error("no seal");
    const metadata = checkSeal(seal, payload, [result], pair.gateway.keys.stream);
    expect(seal.status).toBe(SealStatus.COMPLETE);
    expect(metadata.responseId).toBe("chatcmpl-9");
    expect(metadata.usage?.totalTokens).toBe(5n);
    expect(fromBinary(ChatResultSchema, result).choices).toHaveLength(1);
    await expectRecord(pair, "chatcmpl-9", SealStatus.COMPLETE, seal.signedText);
  });
});

test("an endless stream is ended and sealed at its total time", async () => {
  await using pair = await startEngineAndGateway(ENDLESS_STREAM, { env: limitsFor({ limit: "TOTAL" }) });
  expectFailure(await streamChat(pair, "grpc"), "engine_timeout");
});

describe("events of a hostile engine", () => {
  let pair: EngineAndGateway;
  beforeAll(async () => {
    pair = await startEngineAndGateway(healthy());
  });
  afterAll(() => pair[Symbol.asyncDispose]());

  test.each<readonly [string, string]>([
    ["is not JSON", "data: {nope\n\n"],
    ["is not an object", "data: [1]\n\n"],
    ["is null", "data: null\n\n"],
    ["is nested 20 000 deep", `data: {"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}\n\n`],
    [
      "is nested 20 000 deep in a delta",
      `data: {"choices":[{"delta":{"x":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}}]}\n\n`,
    ],
  ])("StreamChat survives one that %s", async (_what, event) => {
    pair.engine.script = streamOf(OPENING, event, DONE);
    expectFailure(await streamChat(pair, "connect"), "engine_protocol");
    pair.engine.script = healthy();
    expect((await streamChat(pair, "connect")).status).toBe(SealStatus.COMPLETE);
  });

  test.each<readonly [string, string]>([
    ["a number beyond a double", 'data: {"x":1e999,"choices":[]}\n\n'],
    ["such a number in a delta", 'data: {"choices":[{"delta":{"x":-1e999}}]}\n\n'],
    ["half a surrogate pair", 'data: {"id":"\\ud800","choices":[{"index":0,"delta":{"content":"\\udc00"}}]}\n\n'],
    [
      "members of the wrong types",
      'data: {"id":7,"model":[],"created":"x","choices":[{"index":-1,"delta":[],"logprobs":3}]}\n\n',
    ],
    ["choices that are no list", 'data: {"choices":{"0":{}}}\n\n'],
    [
      "indices out of range",
      'data: {"choices":[{"index":4294967296,"delta":{"tool_calls":[{"index":2147483648}]}}]}\n\n',
    ],
    [
      "usage of the wrong types",
      'data: {"choices":[],"usage":{"prompt_tokens":-1,"total_tokens":1.5,"completion_tokens":"x"}}\n\n',
    ],
    ["usage beyond 64 bits", 'data: {"choices":[],"usage":{"prompt_tokens":1e300}}\n\n'],
    ["a null of everything", 'data: {"id":null,"choices":null,"usage":null,"error":null}\n\n'],
    [
      "logprobs of the wrong types",
      'data: {"choices":[{"delta":{},"logprobs":{"content":[{"token":1,"logprob":"x","bytes":[-1,999,"a",1.5],"top_logprobs":{}}]}}]}\n\n',
    ],
    [
      "a member named __proto__",
      'data: {"__proto__":{"x":1},"choices":[{"delta":{"constructor":1,"__proto__":{"y":2}}}]}\n\n',
    ],
  ])("StreamChat takes one with %s as far as it can", async (_what, event) => {
    pair.engine.script = streamOf(event, delta("x", "after"), DONE);
    const checked = await streamChat(pair, "grpc-web");
    expect(checked.status).toBe(SealStatus.COMPLETE);
    expect(checked.text).toMatch(/after$/);
  });

  test("Chat survives an answer nested 20 000 deep", async () => {
    pair.engine.script = answerWith(200, `{"choices":[],"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`);
    const error = await rejection(inferenceClient(pair.gateway.url, "grpc").chat(chatRequest()));
    expect(errorReason(error)).toBe("ENGINE_PROTOCOL");
  });

  test("bytes of a multi-byte character cut at every read are put together", async () => {
    const event = Buffer.from(delta("cut", "aé😀z"));
    for (let at = 1; at < event.length; at++) {
      pair.engine.script = streamOf(event.subarray(0, at), event.subarray(at), DONE);
      const checked = await streamChat(pair, "connect");
      expect(checked.text, `cut at ${at}`).toBe("aé😀z");
      expect(checked.status).toBe(SealStatus.COMPLETE);
    }
  });

  test.each(["\n", "\r", "\r\n"])("lines that end with %j are understood", async (lineEnd) => {
    const text = `: comment\n\nid: 1\nretry: 5\ndata:${delta("le", "x").slice(6)}data: [DONE]\n\n`;
    pair.engine.script = streamOf(text.replaceAll("\n", lineEnd));
    expect((await streamChat(pair, "grpc")).text).toBe("x");
  });
});
