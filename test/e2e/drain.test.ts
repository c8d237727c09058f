import { once } from "node:events";
import { Code, createClient } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { SealStatus } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "../../gen/ts/grpc/health/v1/health_pb.ts";
import { startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { chunk, DONE, delta, healthy, LAST_CHUNK, STREAM_HEAD } from "../support/engine-answers.ts";
import { startGatewayProcess } from "../support/gateway-process.ts";
import {
  CHAT,
  chatBody,
  http2Session,
  keepAliveAgent,
  openRest,
  readRest,
  rest,
  restOverHttp2,
} from "../support/rest-call.ts";
import {
  chatPayload,
  chatRequest,
  errorReason,
  inferenceClient,
  rejection,
  transportTo,
} from "../support/rpc-client.ts";
import { type EngineScript, startScriptedEngine } from "../support/scripted-engine.ts";
import { lookUp, sha256Hex, verifiedRecord } from "../support/signature-check.ts";

// Every test starts a process, all at once, and a start makes and verifies evidence.
vi.setConfig({ testTimeout: 120_000 });

const FIRST = delta("held", "first");

/** Sends one event at once and the rest when told. */
function heldBack(): { script: EngineScript; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    release: resolve,
    async script(exchange) {
      await exchange.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(FIRST)]));
      await promise;
      await exchange.write(Buffer.concat([chunk(DONE), Buffer.from(LAST_CHUNK)]));
    },
  };
}

/** Asks until readiness is lost: the gateway has seen its signal. */
async function untilDraining(url: string): Promise<void> {
  while ((await rest(url, { path: "/readyz" })).status !== 503);
}

async function untilReady(url: string): Promise<void> {
  while ((await rest(url, { path: "/readyz" })).status !== 200);
}

/** A health watch: every status it reports, in order, until it ends. */
function watchHealth(url: string): { seen: Serving[]; ended: Promise<void>; reported(status: Serving): Promise<void> } {
  const seen: Serving[] = [];
  const waiting: (() => void)[] = [];
  const read = async (): Promise<void> => {
    for await (const { status } of createClient(Health, transportTo(url, "grpc")).watch({})) {
      seen.push(status);
      for (const wake of waiting.splice(0)) wake();
    }
  };
  const ended = read().catch(() => {});
  return {
    seen,
    ended,
    async reported(status) {
      while (seen.at(-1) !== status) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

test.concurrent("SIGTERM lets streams finish, refuses new work, says so in its health, and ends with 0", async () => {
  const held = heldBack();
  await using engine = await startScriptedEngine(held.script);
  await using gateway = await startGatewayProcess(engine.url);
  const { url } = gateway;
  await untilReady(url);

  const body = chatBody(true);
  const h1 = await openRest(url, { path: CHAT, body });
  await using session = http2Session(url);
  const h2 = restOverHttp2(session, { path: CHAT, body });
  const client = inferenceClient(url, "grpc");
  const stream = client.streamChat(chatRequest())[Symbol.asyncIterator]();
  await stream.next();
  await stream.next();
  while (engine.exchanges.length < 3) await engine.next();
  const watch = watchHealth(url);
  await watch.reported(Serving.SERVING);

  gateway.child.kill("SIGTERM");
  await untilDraining(url);
  await watch.reported(Serving.NOT_SERVING);

  expect((await rest(url, { path: "/healthz" })).status).toBe(200);
  const ready = await rest(url, { path: "/readyz" });
  expect(ready.headers["retry-after"]).toBe("1");
  expect((await createClient(Health, transportTo(url, "connect")).check({})).status).toBe(Serving.NOT_SERVING);
  for (const refused of [await rest(url, { path: CHAT, body }), await restOverHttp2(session, { path: CHAT, body })]) {
    expect(refused.status).toBe(503);
    expect(refused.headers["retry-after"]).toBe("1");
    expect(JSON.parse(refused.body.toString("utf8")).error.code).toBe("draining");
  }
  const refused = await rejection(inferenceClient(url, "grpc-web").chat(chatRequest()));
  expect(refused.code).toBe(Code.Unavailable);
  expect(errorReason(refused)).toBe("DRAINING");
  expect(engine.exchanges).toHaveLength(3);
  // Nothing of what is in flight has been cut meanwhile.
  expect(gateway.child.exitCode).toBeNull();

  held.release();
  const [finished, other] = [await readRest(h1.response), await h2];
  for (const answer of [finished, other]) {
    expect(answer.cut).toBe(false);
    expect(answer.body.toString("utf8")).toBe(FIRST + DONE);
  }
  let last = "";
  for (let next = await stream.next(); next.done !== true; next = await stream.next()) {
    last = next.value.event.case ?? "";
    if (next.value.event.case === "seal") expect(next.value.event.value.status).toBe(SealStatus.COMPLETE);
  }
  expect(last).toBe("seal");
  expect(await gateway.exited).toBe(0);
  await watch.ended;
  expect(gateway.output()).toMatch(/stopped/);
});

test.concurrent("streams that outlive the drain limit are cut, sealed as cancelled, and told", async () => {
  await using engine = await startScriptedEngine(heldBack().script);
  await using gateway = await startGatewayProcess(engine.url, { COUNTERSIGN_TIMEOUTS_DRAIN: "300ms" });
  const { url } = gateway;
  const { response } = await openRest(url, { path: CHAT, body: chatBody(true) });
  const payload = chatPayload();
  const stream = inferenceClient(url, "connect").streamChat(chatRequest(payload))[Symbol.asyncIterator]();
  await stream.next();
  await stream.next();
  const waiting = rejection(inferenceClient(url, "grpc").chat(chatRequest()));
  while (engine.exchanges.length < 3) await engine.next();

  gateway.child.kill("SIGTERM");
  const answer = await readRest(response);
  expect(answer.cut).toBe(false);
  const text = answer.body.toString("utf8");
  expect(text.startsWith(FIRST)).toBe(true);
  expect(JSON.parse(text.slice(FIRST.length).replace(/^data: /, "")).error.code).toBe("draining");

  const { value: seal } = await stream.next();
  expect(seal.event.case).toBe("seal");
  expect(seal.event.value.status).toBe(SealStatus.CANCELLED);
  expect(seal.event.value.signedText).toContain(`:cancelled:${sha256Hex(payload)}:1:`);
  const error = await rejection(stream.next());
  expect([error.code, errorReason(error)]).toEqual([Code.Unavailable, "DRAINING"]);
  expect(errorReason(await waiting)).toBe("DRAINING");
  expect(await gateway.exited).toBe(0);
});

test.concurrent("until the last stream has ended, signatures can be looked up", async () => {
  const held = heldBack();
  const pair = await startEngineAndGateway(healthy("early"));
  const { url } = pair.gateway;
  await rest(url, { path: CHAT, body: chatBody(false) });
  pair.engine.script = held.script;
  const { response } = await openRest(url, { path: CHAT, body: chatBody(true) });
  const drained = pair.gateway.gateway.drain(60_000);
  expect((await verifiedRecord(url, "early")).status).toBe("complete");
  held.release();
  await readRest(response);
  await drained;
  await pair.engine[Symbol.asyncDispose]();
});

test("the signature of the last stream can be looked up right after it", async () => {
  const pair = await startEngineAndGateway(heldBack().script);
  const { url } = pair.gateway;
  try {
    const { response } = await openRest(url, { path: CHAT, body: chatBody(true) });
    await once(response, "readable");
    const drained = pair.gateway.gateway.drain(0);
    await readRest(response);
    const found = await lookUp(url, String(response.headers["x-receipt-id"]));
    await drained;
    expect(found.status).toBe(200);
  } finally {
    await pair.engine[Symbol.asyncDispose]();
  }
});

test.concurrent("idle connections do not hold the gateway up", async () => {
  await using engine = await startScriptedEngine(healthy());
  await using gateway = await startGatewayProcess(engine.url);
  await untilReady(gateway.url);
  using agent = keepAliveAgent(2);
  await rest(gateway.url, { path: CHAT, body: chatBody(false), agent });
  await using session = http2Session(gateway.url);
  await restOverHttp2(session, { path: "/healthz" });
  gateway.child.kill("SIGTERM");
  expect(await gateway.exited).toBe(0);
});

test.concurrent("a second signal ends the gateway at once", async () => {
  await using engine = await startScriptedEngine(heldBack().script);
  await using gateway = await startGatewayProcess(engine.url);
  const { response } = await openRest(gateway.url, { path: CHAT, body: chatBody(true) });
  response.on("error", () => {});
  gateway.child.kill("SIGINT");
  await untilDraining(gateway.url);
  gateway.child.kill("SIGTERM");
  expect(await gateway.exited).toBe(1);
});

test.concurrent("a port that is taken and a setting that is wrong stop the start, and say which", async () => {
  await using engine = await startScriptedEngine(healthy());
  const { port } = new URL(engine.url);
  await expect(startGatewayProcess("http://127.0.0.1:1", { LISTEN_PORT: port })).rejects.toThrow(
    /ended with 1:[\s\S]*EADDRINUSE/,
  );
  await expect(startGatewayProcess(engine.url, { COUNTERSIGN_TIMEOUTS_IDLE: "5" })).rejects.toThrow(
    /ended with 2:[\s\S]*COUNTERSIGN_TIMEOUTS_IDLE/,
  );
});
