import { once } from "node:events";
import { connect } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ChatRequestSchema,
  StreamChatRequestSchema,
} from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { SignatureService } from "../../gen/ts/countersign/signature/v1/signature_service_pb.ts";
import { SealStatus } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { chunk, delta, STREAM_HEAD } from "../support/engine-answers.ts";
import { TOKEN } from "../support/gateway.ts";
import {
  chatPayload,
  chatRequest,
  inferenceClient,
  PROTOCOLS,
  type Protocol,
  rejection,
  transportTo,
} from "../support/rpc-client.ts";
import { silence } from "../support/scripted-engine.ts";

let pair: EngineAndGateway;

beforeAll(async () => {
  pair = await startEngineAndGateway(silence);
});

afterAll(() => pair[Symbol.asyncDispose]());

/** A call with a deadline header and no clock of its own: what comes back is the gateway's doing. */
async function callWithDeadline(
  protocol: Protocol,
  method: "Chat" | "StreamChat",
  milliseconds: number,
): Promise<{ headers: Record<string, unknown>; text: string; trailers: Record<string, unknown> }> {
  const session = connect(pair.gateway.url);
  const request = chatRequest(chatPayload("deadline"));
  const message =
    method === "Chat"
      ? toBinary(ChatRequestSchema, create(ChatRequestSchema, request))
      : toBinary(StreamChatRequestSchema, create(StreamChatRequestSchema, request));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const isConnect = protocol === "connect";
  const type = isConnect ? (method === "Chat" ? "proto" : "connect+proto") : `${protocol}+proto`;
  const stream = session.request({
    ":method": "POST",
    ":path": `/countersign.inference.v1.InferenceService/${method}`,
    authorization: `Bearer ${TOKEN}`,
    "content-type": `application/${type}`,
    ...(isConnect
      ? { "connect-timeout-ms": String(milliseconds) }
      : { "grpc-timeout": `${milliseconds}m`, te: "trailers" }),
  });
  let trailers: Record<string, unknown> = {};
  stream.on("trailers", (fields) => {
    trailers = fields;
  });
  stream.end(isConnect && method === "Chat" ? message : Buffer.concat([head, message]));
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  let text = "";
  for await (const piece of stream) text += (piece as Buffer).toString("latin1");
  session.close();
  return { headers, text, trailers };
}

/** Status of a call in any of the protocols, as the code's number or name. */
function statusOf(
  protocol: Protocol,
  { headers, text, trailers }: Awaited<ReturnType<typeof callWithDeadline>>,
): string {
  if (protocol === "grpc") return String(trailers["grpc-status"] ?? headers["grpc-status"]);
  if (protocol === "grpc-web") return /grpc-status: ?(\d+)/.exec(text)?.[1] ?? String(headers["grpc-status"]);
  return /"code":"(\w+)"/.exec(text)?.[1] ?? "";
}

describe.each(PROTOCOLS)("a deadline over %s", (protocol) => {
  const exceeded = protocol === "connect" ? "deadline_exceeded" : "4";

  test("ends StreamChat with a seal and deadline_exceeded, and the engine's work", async () => {
    pair.engine.script = async (exchange) => {
      await exchange.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(delta("late", "x"))]));
    };
    const arrived = pair.engine.next();
    const answer = await callWithDeadline(protocol, "StreamChat", 150);
    expect(statusOf(protocol, answer)).toBe(exceeded);
    expect(answer.text).toMatch(/countersign\.stream\.v1:cancelled:[0-9a-f]{64}:1:/);
    expect(answer.text).toContain("deadline_exceeded");
    await (await arrived).gone;
  });

  test("ends Chat with deadline_exceeded, and the engine's work", async () => {
    pair.engine.script = silence;
    const arrived = pair.engine.next();
    const answer = await callWithDeadline(protocol, "Chat", 150);
    expect(statusOf(protocol, answer)).toBe(exceeded);
    await (await arrived).gone;
    const id = String(answer.headers["x-receipt-id"] ?? answer.trailers["x-receipt-id"]);
    const record = await createClient(SignatureService, transportTo(pair.gateway.url, "connect")).getSignature({ id });
    expect(record.status).toBe(SealStatus.CANCELLED);
  });

  test("is what the library's own client reports", async () => {
    pair.engine.script = silence;
    const client = inferenceClient(pair.gateway.url, protocol);
    expect((await rejection(client.chat(chatRequest(), { timeoutMs: 100 }))).code).toBe(Code.DeadlineExceeded);
    const read = async (): Promise<void> => {
      for await (const _message of client.streamChat(chatRequest(), { timeoutMs: 100 }));
    };
    expect((await rejection(read())).code).toBe(Code.DeadlineExceeded);
  });

  test("that has passed already is refused without asking the engine", async () => {
    const before = pair.engine.exchanges.length;
    const answer = await callWithDeadline(protocol, "StreamChat", 0);
    expect(statusOf(protocol, answer)).toBe(exceeded);
    expect(pair.engine.exchanges).toHaveLength(before);
  });
});

test("a deadline longer than the call changes nothing", async () => {
  pair.engine.script = (exchange) => exchange.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
  const result = await inferenceClient(pair.gateway.url, "grpc").chat(chatRequest(), { timeoutMs: 60_000 });
  expect(result.seal?.status).toBe(SealStatus.COMPLETE);
});
