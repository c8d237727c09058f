import { describe, expect, test } from "vitest";
import { startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { chunk, DONE, STREAM_HEAD } from "../support/engine-answers.ts";
import {
  ENDLESS_STREAM,
  FAILING_ID,
  FAILURES_BEFORE_THE_HEAD,
  FAILURES_WITHIN_A_STREAM,
  FAILURES_WITHIN_AN_ANSWER,
  limitsFor,
  OPENING,
} from "../support/engine-failures.ts";
import { startTestGateway } from "../support/gateway.ts";
import {
  CHAT,
  chatBody,
  http2Session,
  openRest,
  type RestAnswer,
  type RestCall,
  rest,
  restOverHttp2,
} from "../support/rest-call.ts";
import { silence, startScriptedEngine } from "../support/scripted-engine.ts";
import { sha256Hex, verifiedRecord } from "../support/signature-check.ts";

const VERSIONS: Readonly<Record<string, (url: string, call: RestCall) => Promise<RestAnswer>>> = {
  "HTTP/1.1": rest,
  "HTTP/2": async (url, call) => {
    await using session = http2Session(url);
    return await restOverHttp2(session, call);
  },
};

/** The error in an answer that must be an OpenAI envelope. */
function envelope(answer: RestAnswer): Record<string, unknown> {
  expect(answer.headers["content-type"]).toBe("application/json");
  expect(answer.cut).toBe(false);
  const parsed = JSON.parse(answer.body.toString("utf8")) as { error: Record<string, unknown> };
  expect(Object.keys(parsed)).toEqual(["error"]);
  expect(Object.keys(parsed.error).sort()).toEqual(["code", "message", "param", "type"]);
  return parsed.error;
}

describe.concurrent.each(Object.entries(VERSIONS))("over %s", (_version, call) => {
  describe.each([false, true])("stream: %s", (stream) => {
    test.concurrent.each(FAILURES_BEFORE_THE_HEAD)("an engine that $name gives $status $code", async (failure) => {
      await using pair = await startEngineAndGateway(failure.script, { env: limitsFor(failure) });
      const answer = await call(pair.gateway.url, { path: CHAT, body: chatBody(stream) });
      expect(answer.status).toBe(failure.status);
      expect(envelope(answer)).toMatchObject({ code: failure.code, type: "upstream_error", param: null });
      // Nothing was served, so nothing was signed and there is no receipt to look for.
      expect(answer.headers["x-receipt-id"]).toBeUndefined();
      expect(pair.engine.exchanges).toHaveLength(1);
    });
  });

  test.concurrent.each(FAILURES_WITHIN_AN_ANSWER)("an engine that $name gives $status $code", async (failure) => {
    await using pair = await startEngineAndGateway(failure.script, { env: limitsFor(failure) });
    const answer = await call(pair.gateway.url, { path: CHAT, body: chatBody(false) });
    expect(answer.status).toBe(failure.status);
    expect(envelope(answer)).toMatchObject({ code: failure.code });
  });

  test.concurrent.each(FAILURES_WITHIN_A_STREAM)(
    "a stream that $name ends with an error event, sealed",
    async (failure) => {
      await using pair = await startEngineAndGateway(failure.script, { env: limitsFor(failure) });
      const { url } = pair.gateway;
      const body = chatBody(true);
      const answer = await call(url, { path: CHAT, body });
      expect(answer.status).toBe(200);
      // The connection ends as it should: the caller can tell a failed stream from a broken network.
      expect(answer.cut).toBe(false);
      const text = answer.body.toString("utf8");
      expect(text.startsWith(failure.bytes)).toBe(true);
      const added = text.slice(failure.bytes.length);
      if (failure.told) {
        expect(added).toBe("");
      } else {
        const event = /^(?:\n\n)?data: (\{.*\})\n\n$/.exec(added)?.[1] ?? "";
        expect(JSON.parse(event)).toMatchObject({ error: { code: failure.code, type: "upstream_error" } });
        // An event that was broken off does not swallow the error.
        expect(added.startsWith("\n\n")).toBe(!failure.bytes.endsWith("\n\n"));
      }
      for (const id of [String(answer.headers["x-receipt-id"]), FAILING_ID]) {
        const record = await verifiedRecord(url, id);
        expect(record.status).toBe("upstream_failed");
        expect(record.text).toBe(
          `countersign.response.v1:upstream_failed:m:${sha256Hex(body)}:${answer.body.length}:${sha256Hex(answer.body)}`,
        );
      }
    },
  );
});

test("a stream within its total time that is never done is ended at that time", async () => {
  await using pair = await startEngineAndGateway(ENDLESS_STREAM, { env: limitsFor({ limit: "TOTAL" }) });
  const answer = await rest(pair.gateway.url, { path: CHAT, body: chatBody(true) });
  expect(answer.cut).toBe(false);
  expect(answer.body.toString("utf8")).toMatch(/: ping\n\ndata: \{"error":.*"code":"engine_timeout"\}\}\n\n$/s);
  const record = await verifiedRecord(pair.gateway.url, String(answer.headers["x-receipt-id"]));
  expect(record.status).toBe("upstream_failed");
});

test("an engine that is down gives 502, and the gateway serves again when it is back", async () => {
  const first = await startScriptedEngine();
  const { port } = new URL(first.url);
  await using gateway = await startTestGateway({ engine: first.url, env: limitsFor({}) });
  await first.stop();
  const down = await rest(gateway.url, { path: CHAT, body: chatBody(true) });
  expect(down.status).toBe(502);
  expect(envelope(down)).toMatchObject({ code: "engine_unreachable" });
  await using _second = await startScriptedEngine(
    (x) => x.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"),
    Number(port),
  );
  const up = await rest(gateway.url, { path: CHAT, body: chatBody(true) });
  expect(up.status).toBe(200);
});

test("an engine that never finishes its TLS handshake gives 504", async () => {
  await using engine = await startScriptedEngine(silence);
  await using gateway = await startTestGateway({
    engine: engine.url.replace("http:", "https:"),
    env: { COUNTERSIGN_TIMEOUTS_CONNECT: "200ms" },
  });
  const answer = await rest(gateway.url, { path: CHAT, body: chatBody(true) });
  expect(answer.status).toBe(504);
  expect(envelope(answer)).toMatchObject({ code: "engine_timeout" });
});

test("bytes of a line that is too long are neither sent nor hashed", async () => {
  await using pair = await startEngineAndGateway(async (x) => {
    await x.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(OPENING)]));
    for (let i = 0; i < 17; i++) await x.write(chunk(Buffer.alloc(1 << 20, "x")));
  });
  const body = chatBody(true);
  const answer = await rest(pair.gateway.url, { path: CHAT, body });
  expect(answer.cut).toBe(false);
  expect(answer.body.subarray(-200).toString("utf8")).toMatch(/"code":"engine_protocol"\}\}\n\n$/);
  const record = await verifiedRecord(pair.gateway.url, String(answer.headers["x-receipt-id"]));
  expect(record.text).toBe(
    `countersign.response.v1:upstream_failed:m:${sha256Hex(body)}:${answer.body.length}:${sha256Hex(answer.body)}`,
  );
});

test("a caller that leaves at [DONE], before the engine has ended its answer, has a complete one", async () => {
  await using pair = await startEngineAndGateway(async (x) => {
    await x.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(OPENING + DONE)]));
  });
  const body = chatBody(true);
  const exchange = pair.engine.next();
  const { request, response } = await openRest(pair.gateway.url, { path: CHAT, body });
  let received = "";
  for await (const piece of response) {
    received += String(piece);
    if (received.endsWith(DONE)) break;
  }
  request.destroy();
  await (await exchange).gone;
  const record = await verifiedRecord(pair.gateway.url, String(response.headers["x-receipt-id"]));
  expect(record.status).toBe("complete");
  expect(record.text).toBe(`m:${sha256Hex(body)}:${sha256Hex(received)}`);
});
