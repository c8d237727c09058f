import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SealStatus } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { chunk, DONE, delta, LAST_CHUNK, STREAM_HEAD } from "../support/engine-answers.ts";
import { CHAT, chatBody, rest } from "../support/rest-call.ts";
import { chatPayload, chatRequest, errorReason, inferenceClient } from "../support/rpc-client.ts";
import { type EngineScript, silence } from "../support/scripted-engine.ts";
import { lookUp, type SignatureAnswer, sha256Hex } from "../support/signature-check.ts";
import { checkStream } from "../support/transcript-check.ts";

/** A short stream as it is on the wire, framing included. */
const FIRST = delta("c1", "é");
const BODY = Buffer.from(FIRST + DONE);
const WIRE = Buffer.concat([Buffer.from(STREAM_HEAD), chunk(FIRST), chunk(DONE), Buffer.from(LAST_CHUNK)]);
const HEAD = Buffer.byteLength(STREAM_HEAD);
/** Length of the wire up to and including the line `data: [DONE]`. */
const COMPLETE = WIRE.indexOf("[DONE]") + "[DONE]\n".length;

/** The engine dies after `length` bytes of its answer. */
const dieAt =
  (length: number, how: "end" | "reset"): EngineScript =>
  async (exchange) => {
    await exchange.write(WIRE.subarray(0, length));
    exchange[how]();
  };

let pair: EngineAndGateway;

beforeAll(async () => {
  pair = await startEngineAndGateway(silence, { env: { COUNTERSIGN_POOL_MAX_IDLE_SOCKETS: "0" } });
});

afterAll(() => pair[Symbol.asyncDispose]());

/** An orderly close is tried at every byte; a reset takes the same paths, so a sample of offsets is enough. */
const STRIDE = { end: 1, reset: 7 };

/** Runs `check` at the offsets, a few at a time: each on its own engine script, told apart by the offset in the prompt. */
async function atOffsets(how: "end" | "reset", check: (length: number) => Promise<void>): Promise<void> {
  pair.engine.script = (exchange) => dieAt(Number(/offset-(\d+)/.exec(exchange.body.toString())?.[1]), how)(exchange);
  const offsets = Array.from(WIRE.keys()).filter((offset) => offset % STRIDE[how] === 0);
  const worker = async (): Promise<void> => {
    for (let offset = offsets.shift(); offset !== undefined; offset = offsets.shift()) await check(offset);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}

describe.each(["end", "reset"] as const)("an engine whose connection has an untimely %s", (how) => {
  test("has a defined outcome on REST wherever it comes", async () => {
    await atOffsets(how, async (offset) => {
      const body = chatBody(true, `offset-${offset}`);
      const answer = await rest(pair.gateway.url, { path: CHAT, body });
      const at = `at byte ${offset}`;
      expect(answer.cut, at).toBe(false);
      const text = answer.body.toString("utf8");
      if (offset < HEAD) {
        expect(answer.status, at).toBe(502);
        expect(JSON.parse(text).error.code, at).toBe("engine_unreachable");
        return;
      }
      expect(answer.status, at).toBe(200);
      const found = await lookUp(pair.gateway.url, String(answer.headers["x-receipt-id"]));
      const record = JSON.parse(found.body.toString("utf8")) as SignatureAnswer;
      // A reset may overtake bytes that were on their way: then the caller has fewer of them, but knows as much.
      const done = !text.includes('"error"');
      if (how === "end") expect(done, at).toBe(offset >= COMPLETE);
      expect(record.status, at).toBe(done ? "complete" : "upstream_failed");
      if (done) {
        expect(BODY.subarray(0, answer.body.length).equals(answer.body), at).toBe(true);
        expect(record.text, at).toBe(`m:${sha256Hex(body)}:${sha256Hex(answer.body)}`);
      } else {
        expect(text, at).toMatch(/data: \{"error":\{.*"code":"engine_truncated"\}\}\n\n$/);
        const digest = sha256Hex(answer.body);
        const expected = `countersign.response.v1:upstream_failed:m:${sha256Hex(body)}:${answer.body.length}:${digest}`;
        expect(record.text, at).toBe(expected);
      }
    });
  });

  test("has a defined outcome on RPC wherever it comes", async () => {
    const client = inferenceClient(pair.gateway.url, "grpc");
    await atOffsets(how, async (offset) => {
      const payload = chatPayload(`offset-${offset}`);
      const checked = await checkStream(client.streamChat(chatRequest(payload)), payload, pair.gateway.keys.stream);
      const at = `at byte ${offset}`;
      if (checked.status === SealStatus.COMPLETE) {
        expect(offset, at).toBeGreaterThanOrEqual(COMPLETE);
        expect(checked.text, at).toBe("é");
        expect(checked.error, at).toBeUndefined();
        return;
      }
      expect(checked.status, at).toBe(SealStatus.UPSTREAM_FAILED);
      const reason = errorReason(checked.error as never);
      expect(reason, at).toBe(offset < HEAD ? "ENGINE_UNREACHABLE" : "ENGINE_TRUNCATED");
      expect(["", "é"], at).toContain(checked.text);
      if (how === "end") expect(offset, at).toBeLessThan(WIRE.indexOf(DONE) + DONE.length);
    });
  });
});
