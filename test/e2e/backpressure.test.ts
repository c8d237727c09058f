import { once } from "node:events";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StreamChatRequestSchema } from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { SealStatus } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { chunk, DONE, delta, LAST_CHUNK, STREAM_HEAD } from "../support/engine-answers.ts";
import { TOKEN } from "../support/gateway.ts";
import { CHAT, chatBody, http2Session, openRest, rest } from "../support/rest-call.ts";
import { chatPayload, chatRequest, inferenceClient, PROTOCOLS } from "../support/rpc-client.ts";
import { type EngineScript, silence } from "../support/scripted-engine.ts";
import { sha256Hex, verifiedRecord } from "../support/signature-check.ts";
import { checkStream } from "../support/transcript-check.ts";

/** One event of 64 KiB, and how many of them: far more than all buffers on the way hold. */
const EVENT = delta("slow", "x".repeat(64 << 10));
const COUNT = 640;
const TOTAL = Buffer.byteLength(EVENT) * COUNT;

let pair: EngineAndGateway;
let written = 0;
/** Resolves when the kernel takes no more from the engine. */
let blocked = Promise.withResolvers<number>();

/** Writes as fast as it is read. */
const flood: EngineScript = async (exchange) => {
  written = 0;
  await exchange.write(STREAM_HEAD);
  const event = chunk(EVENT);
  for (let i = 0; i < COUNT; i++) {
    let taken = false;
    const write = exchange.write(event).then(() => {
      taken = true;
    });
    // A write that the kernel has not taken after so many turns of the loop waits for the gateway to read.
    for (let turn = 0; turn < 2000 && !taken; turn++) await new Promise(setImmediate);
    if (!taken) blocked.resolve(written);
    await write;
    written += EVENT.length;
  }
  await exchange.write(chunk(DONE));
  await exchange.write(LAST_CHUNK);
};

beforeAll(async () => {
  pair = await startEngineAndGateway(silence);
});

afterAll(() => pair[Symbol.asyncDispose]());

function startFlood(): void {
  blocked = Promise.withResolvers<number>();
  pair.engine.script = flood;
}

/** Kernel buffers on both connections take some megabytes; the gateway must add little to them. */
async function expectHeldBack(): Promise<void> {
  const held = await blocked.promise;
  expect(held).toBeLessThan(TOTAL / 2);
}

describe("a reader that stops", () => {
  test("over HTTP/1.1 stops the engine, then gets every byte", async () => {
    startFlood();
    const body = chatBody(true);
    const { response } = await openRest(pair.gateway.url, { path: CHAT, body });
    await expectHeldBack();
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    const received = Buffer.concat(pieces);
    expect(received.length).toBe(TOTAL + DONE.length);
    expect(sha256Hex(received)).toBe(sha256Hex(EVENT.repeat(COUNT) + DONE));
    const record = await verifiedRecord(pair.gateway.url, String(response.headers["x-receipt-id"]));
    expect(record.text).toBe(`m:${sha256Hex(body)}:${sha256Hex(received)}`);
  });

  test("over HTTP/2 stops the engine and no other stream, then gets every byte", async () => {
    startFlood();
    await using session = http2Session(pair.gateway.url);
    const stream = session.request({
      ":method": "POST",
      ":path": CHAT,
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/json",
    });
    stream.end(chatBody(true));
    await once(stream, "response");
    await expectHeldBack();
    const health = session.request({ ":path": "/healthz" });
    const [headers] = (await once(health, "response")) as [Record<string, unknown>];
    expect(headers[":status"]).toBe(200);
    health.resume();
    let length = 0;
    for await (const piece of stream) length += (piece as Buffer).length;
    expect(length).toBe(TOTAL + DONE.length);
  });

  test.each(PROTOCOLS)("of StreamChat over %s stops the engine, then gets every chunk", async (protocol) => {
    startFlood();
    const payload = chatPayload();
    const stream = inferenceClient(pair.gateway.url, protocol).streamChat(chatRequest(payload));
    const messages = stream[Symbol.asyncIterator]();
    const first = await messages.next();
    await expectHeldBack();
    const rest = {
      async *[Symbol.asyncIterator]() {
        if (first.done !== true) yield first.value;
        for (let next = await messages.next(); next.done !== true; next = await messages.next()) yield next.value;
      },
    };
    const checked = await checkStream(rest, payload, pair.gateway.keys.stream);
    expect(checked.status).toBe(SealStatus.COMPLETE);
    expect(checked.text.length).toBe(COUNT * (64 << 10));
  });

  test("and leaves does not keep the engine", async () => {
    startFlood();
    const arrived = pair.engine.next();
    const { request, response } = await openRest(pair.gateway.url, { path: CHAT, body: chatBody(true) });
    response.on("error", () => {});
    await expectHeldBack();
    request.destroy();
    await (await arrived).gone;
    const record = await verifiedRecord(pair.gateway.url, String(response.headers["x-receipt-id"]));
    expect(record.status).toBe("cancelled");
  });
});

test("a stream that is complete before its reader has read it does not keep the engine's connection", async () => {
  const piece = delta("tail", "y".repeat(12_000));
  // For some of these counts it is the very read that completes the stream which fills the buffer to its reader.
  for (let count = 2; count < 14; count++) {
    const sent = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    pair.engine.script = async (exchange) => {
      await exchange.write(STREAM_HEAD);
      for (let i = 0; i < count; i++) {
        await exchange.write(chunk(i === count - 1 ? piece + DONE : piece));
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      }
      sent.resolve();
      await release.promise;
      await exchange.write(LAST_CHUNK);
    };
    await using session = http2Session(pair.gateway.url);
    const stream = session.request({
      ":method": "POST",
      ":path": "/countersign.inference.v1.InferenceService/StreamChat",
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/connect+proto",
    });
    const message = toBinary(StreamChatRequestSchema, create(StreamChatRequestSchema, chatRequest()));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([head, message]));
    await sent.promise;
    let received = "";
    stream.setEncoding("latin1").on("data", (text: string) => {
      received += text;
    });
    await once(stream, "end");
    expect(received).toContain("countersign.stream.v1:complete:");
    release.resolve();
    // Ends only when the gateway has read the end of the engine's answer.
    for (let active = 1; active > 0; ) {
      const { body } = await rest(pair.gateway.url, { path: "/metrics" });
      active = Number(/^countersign_engine_calls_active (\d+)$/m.exec(body.toString("utf8"))?.[1]);
    }
  }
});
