import { once } from "node:events";
import type { ClientHttp2Stream } from "node:http2";
import { Code, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SignatureService } from "../../gen/ts/countersign/signature/v1/signature_service_pb.ts";
import { SealStatus } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { chunk, delta, STREAM_HEAD } from "../support/engine-answers.ts";
import { TOKEN } from "../support/gateway.ts";
import { CHAT, chatBody, http2Session, openRest, rawConnection } from "../support/rest-call.ts";
import { chatPayload, chatRequest, inferenceClient, PROTOCOLS, rejection, transportTo } from "../support/rpc-client.ts";
import { type EngineExchange, type EngineScript, silence } from "../support/scripted-engine.ts";
import { sha256Hex, verifiedRecord } from "../support/signature-check.ts";

const FIRST = delta("left", "first");

/** Sends one event and then nothing more. */
const oneEvent: EngineScript = async (exchange) => {
  await exchange.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(FIRST)]));
};

let pair: EngineAndGateway;
const latencies: number[] = [];

beforeAll(async () => {
  pair = await startEngineAndGateway(silence);
});

afterAll(async () => {
  await pair[Symbol.asyncDispose]();
  // The bound is checked where it is measured on a quiet machine; here the values are only shown.
  const shown = latencies.map((ms) => ms.toFixed(1)).join(" ");
  process.stdout.write(`caller leaves -> engine sees it, ms: ${shown}\n`);
});

/** Leaves, and waits until the engine has seen it. */
async function engineSees(exchange: EngineExchange, leave: () => void): Promise<void> {
  const before = performance.now();
  leave();
  latencies.push((await exchange.gone) - before);
}

async function expectCancelled(id: string, body: string): Promise<void> {
  const record = await verifiedRecord(pair.gateway.url, id);
  const length = Buffer.byteLength(FIRST);
  expect(record).toMatchObject({
    status: "cancelled",
    response_id: "left",
    text: `countersign.response.v1:cancelled:m:${sha256Hex(body)}:${length}:${sha256Hex(FIRST)}`,
  });
}

describe("in the middle of a REST stream", () => {
  test("over HTTP/1.1: the engine is told, and what was sent is sealed as cancelled", async () => {
    pair.engine.script = oneEvent;
    const body = chatBody(true);
    const arrived = pair.engine.next();
    const { request, response } = await openRest(pair.gateway.url, { path: CHAT, body });
    response.on("error", () => {});
    await once(response, "data");
    await engineSees(await arrived, () => request.destroy());
    await expectCancelled(String(response.headers["x-receipt-id"]), body);
    await expectCancelled("left", body);
  });

  test("over HTTP/1.1 by closing its sending side alone: that counts as leaving", async () => {
    pair.engine.script = oneEvent;
    const arrived = pair.engine.next();
    using connection = await rawConnection(pair.gateway.url);
    const body = chatBody(true);
    const head = `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json`;
    connection.socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    const received = await connection.until(/"first"/);
    await engineSees(await arrived, () => connection.socket.end());
    await expectCancelled(/x-receipt-id: (\S+)/i.exec(received)?.[1] ?? "", body);
  });

  test.each<readonly [string, (stream: ClientHttp2Stream) => void]>([
    ["a reset", (stream) => stream.close(8)],
    ["the loss of its connection", (stream) => stream.session?.destroy()],
  ])("over HTTP/2 by %s", async (_how, leave) => {
    pair.engine.script = oneEvent;
    const body = chatBody(true);
    const arrived = pair.engine.next();
    await using session = http2Session(pair.gateway.url);
    const stream = session.request({
      ":method": "POST",
      ":path": CHAT,
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/json",
    });
    stream.on("error", () => {});
    stream.end(body);
    const [headers] = (await once(stream, "response")) as [Record<string, string>];
    await once(stream, "data");
    await engineSees(await arrived, () => leave(stream));
    await expectCancelled(String(headers["x-receipt-id"]), body);
  });
});

test.each([true, false])("before the first byte of a REST answer (stream: %s): the engine is told", async (stream) => {
  pair.engine.script = silence;
  using connection = await rawConnection(pair.gateway.url);
  const arrived = pair.engine.next();
  const body = chatBody(stream);
  connection.socket.write(
    `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await engineSees(await arrived, () => connection.socket.destroy());
  expect(pair.gateway.log.at(-1)).toMatch(/"status":"cancelled","reason":"cancelled"/);
});

describe.each(PROTOCOLS)("over %s", (protocol) => {
  const signatures = () => createClient(SignatureService, transportTo(pair.gateway.url, "connect"));

  test("in the middle of StreamChat: the engine is told, and what was sent is sealed as cancelled", async () => {
    pair.engine.script = oneEvent;
    const leaving = new AbortController();
    const arrived = pair.engine.next();
    const client = inferenceClient(pair.gateway.url, protocol);
    let receiptId = "";
    const reading = (async () => {
      for await (const { event } of client.streamChat(chatRequest(), { signal: leaving.signal })) {
        if (event.case === "accepted") receiptId = event.value.receiptId;
        if (event.case === "chunk") await engineSees(await arrived, () => leaving.abort());
      }
    })();
    expect((await rejection(reading)).code).toBe(Code.Canceled);
    const record = await signatures().getSignature({ id: receiptId });
    expect(record.status).toBe(SealStatus.CANCELLED);
    expect(record.responseId).toBe("left");
    const digest = sha256Hex(chatPayload());
    expect(record.text).toMatch(
      new RegExp(`^countersign\\.stream\\.v1:cancelled:${digest}:1:[0-9a-f]{64}:[0-9a-f]{64}$`),
    );
  });

  test("in the middle of Chat: the engine is told, and nothing is sealed as cancelled", async () => {
    pair.engine.script = silence;
    const leaving = new AbortController();
    const arrived = pair.engine.next();
    const call = rejection(inferenceClient(pair.gateway.url, protocol).chat(chatRequest(), { signal: leaving.signal }));
    await engineSees(await arrived, () => leaving.abort());
    expect((await call).code).toBe(Code.Canceled);
    const ended = pair.gateway.log.at(-1) ?? "";
    expect(ended).toMatch(/"status":"cancelled","reason":"cancelled"/);
    const id = /"receipt_id":"([^"]+)"/.exec(ended)?.[1] ?? "";
    const record = await signatures().getSignature({ id });
    expect(record.status).toBe(SealStatus.CANCELLED);
    expect(record.text).toContain(`:cancelled:${sha256Hex(chatPayload())}:0:`);
  });
});
