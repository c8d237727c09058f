import { afterAll, beforeAll, expect, test } from "vitest";
import { chunk, DONE, delta, healthy, LAST_CHUNK, STREAM_HEAD } from "../support/engine-answers.ts";
import { TOKEN } from "../support/gateway.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { CHAT, openRest, rest } from "../support/rest-call.ts";
import { chatPayload, chatRequest, inferenceClient, rejection } from "../support/rpc-client.ts";
import { type ScriptedEngine, startScriptedEngine } from "../support/scripted-engine.ts";

/** Whatever of these is found in a log or a metric came out of a prompt, an answer or a header. */
const PROMPT = "canary-prompt-c0ffee";
const COMPLETION = "canary-completion-c0ffee";
const FOREIGN = "canary-foreign-c0ffee";

let engine: ScriptedEngine;
let gateway: GatewayProcess;
let exposition = "";

beforeAll(async () => {
  engine = await startScriptedEngine(healthy(COMPLETION));
  gateway = await startGatewayProcess(engine.url, { LOG_LEVEL: "trace", LOG_FORMAT: "json" });
  const { url } = gateway;
  const body = (stream: boolean, model = "m"): string =>
    JSON.stringify({ model, stream, messages: [{ role: "user", content: PROMPT }] });
  // Successes and failures of every kind, through both doors. The first stream certainly takes two reads.
  const seen = Promise.withResolvers<void>();
  engine.script = async (exchange) => {
    await exchange.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(delta(COMPLETION, "x"))]));
    await seen.promise;
    await exchange.write(Buffer.concat([chunk(DONE), Buffer.from(LAST_CHUNK)]));
  };
  const { response } = await openRest(url, { path: CHAT, body: body(true) });
  for await (const _piece of response) seen.resolve();
  engine.script = healthy(COMPLETION);
  await rest(url, { path: "/v1/embeddings", body: body(false) });
  await rest(url, { path: CHAT, body: body(true, FOREIGN) });
  await rest(url, { path: CHAT, body: `{"model":"m","${PROMPT}` });
  await rest(url, { path: `/v1/${FOREIGN}?x=${FOREIGN}` });
  await rest(url, { path: "/healthz", method: "BREW" }).catch(() => {});
  await rest(url, { path: CHAT, body: body(true), authorization: `Bearer ${FOREIGN}` });
  await rest(url, { path: `/v1/signature/${FOREIGN}` });
  await rest(url, { path: "/version", headers: { "x-request-id": `${FOREIGN}\u00e9`, "user-agent": FOREIGN } });
  const client = inferenceClient(url, "grpc");
  await client.chat(chatRequest(chatPayload(PROMPT)));
  for await (const _message of client.streamChat(chatRequest(chatPayload(PROMPT))));
  await rejection(client.chat(chatRequest(new TextEncoder().encode(PROMPT))));
  await rejection(client.chat(chatRequest(chatPayload(PROMPT), FOREIGN)));
  engine.script = (exchange) =>
    exchange.write(`HTTP/1.1 200 OK\r\nx: ${FOREIGN}\r\ncontent-length: zz\r\n\r\n${COMPLETION}`);
  await rest(url, { path: CHAT, body: body(true) });
  await rejection(client.chat(chatRequest(chatPayload(PROMPT))));
  exposition = (await rest(url, { path: "/metrics", authorization: null })).body.toString("utf8");
  gateway.child.kill("SIGTERM");
  await gateway.exited;
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

/** Values of the series whose name and labels match. */
function series(pattern: RegExp): number[] {
  return exposition
    .split("\n")
    .filter((line) => pattern.test(line))
    .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
}

test("nothing of a prompt, an answer, a token or a foreign header is in the log at its most talkative", () => {
  const log = gateway.output();
  expect(log).toContain('"event":"exchange"');
  for (const secret of [PROMPT, COMPLETION, FOREIGN, TOKEN]) expect(log).not.toContain(secret);
});

test("every log record is one JSON object with a time and an event", () => {
  const records = gateway
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records.length).toBeGreaterThan(5);
  for (const record of records) {
    expect(record["time"]).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(record["event"]).toMatch(/\S/);
  }
  const exchange = records.find(({ event, operation }) => event === "exchange" && operation === CHAT);
  expect(exchange).toMatchObject({ door: "rest", caller: "token-1", status: "complete" });
  expect(exchange?.["receipt_id"]).toMatch(/^rcpt-/);
});

test("nothing of a prompt, an answer, a token or a foreign header is in a metric", () => {
  for (const secret of [PROMPT, COMPLETION, FOREIGN, TOKEN, "BREW"]) expect(exposition).not.toContain(secret);
});

test.each([
  "countersign_time_to_first_token_seconds",
  "countersign_inter_token_gap_seconds",
  "countersign_exchange_duration_seconds",
  "signature_generation_duration_seconds",
  "http_request_duration_seconds",
])("%s is a histogram that adds up", (name) => {
  expect(exposition).toMatch(new RegExp(`^# TYPE ${name} histogram$`, "m"));
  expect(exposition).toMatch(new RegExp(`^# HELP ${name} \\S`, "m"));
  const count = series(new RegExp(`^${name}_count(?:\\{| )`)).reduce((sum, value) => sum + value, 0);
  expect(count).toBeGreaterThan(0);
  const infinite = series(new RegExp(`^${name}_bucket\\{[^}]*le="\\+Inf"`)).reduce((sum, value) => sum + value, 0);
  expect(infinite).toBe(count);
  expect(series(new RegExp(`^${name}_bucket\\{[^}]*le="[\\d.e-]+"`)).length).toBeGreaterThan(5);
});

test("exchanges are counted by how they ended", () => {
  const ended = (door: string, operation: string, status: string): number[] =>
    series(new RegExp(`^countersign_exchanges_total\\{door="${door}",operation="${operation}",status="${status}"\\}`));
  expect(ended("rest", CHAT, "complete")).toEqual([1]);
  expect(ended("rest", CHAT, "upstream_failed")).toEqual([1]);
  expect(ended("rest", "/v1/embeddings", "complete")).toEqual([1]);
  const prefix = "/countersign.inference.v1.InferenceService";
  expect(ended("grpc", `${prefix}/StreamChat`, "complete")).toEqual([1]);
  expect(ended("grpc", `${prefix}/Chat`, "upstream_failed")).toEqual([1]);
  expect(series(/^countersign_exchanges_active /)).toEqual([0]);
  expect(series(/^countersign_engine_calls_active /)).toEqual([0]);
  expect(series(/^countersign_tokens_total\{kind="completion"\}/)[0]).toBeGreaterThan(0);
  expect(series(/^http_errors_total\{error_type="model_not_found"\}/)[0]).toBeGreaterThanOrEqual(1);
});
