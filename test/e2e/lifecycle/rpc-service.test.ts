import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ModelLifecycleService,
  ModelState,
  type ModelStatus,
} from "../../../gen/ts/countersign/lifecycle/v1/model_lifecycle_service_pb.ts";
import { ModelDigestKind } from "../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { enginesStarted } from "../../support/fake-engine/fake-engine.ts";
import { TOKEN } from "../../support/gateway.ts";
import { LOAD_TOKEN, type ManagedGateway, startManagedGateway } from "../../support/managed-gateway.ts";
import {
  chatPayload,
  chatRequest,
  errorReason,
  inferenceClient,
  PROTOCOLS,
  type Protocol,
  rejection,
  transportTo,
} from "../../support/rpc-client.ts";

let managed: ManagedGateway;

beforeAll(async () => {
  managed = await startManagedGateway({ models: { alpha: {}, beta: {}, slow: { neverListens: true } } });
});
afterAll(() => managed[Symbol.asyncDispose]());

function lifecycle(token: string | null, protocol: Protocol = "grpc"): Client<typeof ModelLifecycleService> {
  return createClient(ModelLifecycleService, transportTo(managed.url, protocol, { token }));
}

async function collectStatuses(stream: AsyncIterable<{ status?: ModelStatus | undefined }>): Promise<ModelStatus[]> {
  const all: ModelStatus[] = [];
  for await (const { status } of stream) if (status !== undefined) all.push(status);
  return all;
}

describe.each(PROTOCOLS)("over %s", (protocol) => {
  it("loads with progress up to READY, serves, and unloads", async () => {
    const operator = lifecycle(LOAD_TOKEN, protocol);
    const statuses = await collectStatuses(operator.loadModel({ model: "alpha" }));
    const last = statuses.at(-1);
    expect(last).toMatchObject({ state: ModelState.READY, model: "alpha", progressPercent: 100, instance: "generate" });
    expect(last?.digest).toMatchObject({ kind: ModelDigestKind.NONE });
    expect(statuses.slice(0, -1).every(({ state }) => state === ModelState.LOADING)).toBe(true);
    expect(new Set(statuses.map(({ generation }) => generation)).size).toBe(1);

    const joined = await collectStatuses(operator.loadModel({ model: "alpha" }));
    expect(joined.map(({ state, generation }) => [state, generation])).toEqual([[ModelState.READY, last?.generation]]);

    const { payload } = await inferenceClient(managed.url, protocol).chat(chatRequest(chatPayload(), "alpha"));
    expect(Buffer.from(payload).toString("utf8")).toContain("Hello from alpha");

    const { status } = await operator.unloadModel({ model: "alpha" });
    expect(status).toMatchObject({ state: ModelState.IDLE, model: "" });
  });
});

describe("tokens", () => {
  it("are those of callers or operators for the status, and of operators for changes", async () => {
    for (const token of [TOKEN, LOAD_TOKEN]) {
      expect(await lifecycle(token).getStatus({})).toMatchObject({ managed: true, engine: "custom" });
    }
    expect((await rejection(lifecycle(null).getStatus({}))).code).toBe(Code.Unauthenticated);
    for (const token of [null, TOKEN, "wrong"]) {
      const client = lifecycle(token);
      const calls = [
        collectStatuses(client.loadModel({ model: "alpha" })),
        client.unloadModel({}),
        (async () => {
          for await (const _ of client.verifyModel({ model: "alpha" }));
        })(),
      ];
      for (const call of calls) expect((await rejection(call)).code).toBe(Code.Unauthenticated);
    }
  });
});

it("ends a load that is superseded with ABORTED", async () => {
  const operator = lifecycle(LOAD_TOKEN);
  const first = rejection(collectStatuses(operator.loadModel({ model: "slow" })));
  await managed.until(({ message }) => message === "waiting for the engine to answer");
  const second = await collectStatuses(operator.loadModel({ model: "beta" }));
  expect(second.at(-1)).toMatchObject({ state: ModelState.READY, model: "beta" });
  const error = await first;
  expect([error.code, errorReason(error)]).toEqual([Code.Aborted, "LOAD_SUPERSEDED"]);
});

it("refuses a digest that is not met before any engine starts", async () => {
  const before = enginesStarted(managed.path("alpha")).length;
  const digest = { kind: ModelDigestKind.VERITY, value: new Uint8Array(32).fill(7) };
  const statuses = await collectStatuses(
    lifecycle(LOAD_TOKEN).loadModel({ model: "alpha", instance: "rerank", expectedDigest: digest }),
  );
  expect(statuses.at(-1)).toMatchObject({
    state: ModelState.ERROR,
    message: "the model's digest (kind none) is not the expected one",
  });
  expect(enginesStarted(managed.path("alpha"))).toHaveLength(before);
  await lifecycle(LOAD_TOKEN).unloadModel({ instance: "rerank" });
});

it.each([
  [{ model: "../alpha" }, "model"],
  [{ model: "alpha", source: "a/b" }, "source"],
  [{ model: "alpha", instance: "paint" }, "instance"],
  [{ model: "alpha", arguments: { host: "0.0.0.0" } }, "arguments"],
  [{ model: "alpha", expectedDigest: { kind: ModelDigestKind.VERITY, value: new Uint8Array(31) } }, "expected_digest"],
  [{ model: "alpha", expectedDigest: { kind: ModelDigestKind.NONE } }, "expected_digest"],
])("refuses a load of %o", async (request, field) => {
  const error = await rejection(collectStatuses(lifecycle(LOAD_TOKEN).loadModel(request as never)));
  expect(error.code).toBe(Code.InvalidArgument);
  expect(error.rawMessage).toMatch(new RegExp(`^${field}`));
});

it("lists what is on disk, and says what is not verified", async () => {
  const { models } = await lifecycle(TOKEN).listModels({});
  expect(models.map(({ name, loaded }) => [name, loaded])).toEqual([
    ["alpha", false],
    ["beta", true],
    ["slow", false],
  ]);
  // At least `behaviour.json`, `{}`.
  expect(models.every(({ sizeBytes }) => sizeBytes >= 2n)).toBe(true);
  const messages = [];
  for await (const message of lifecycle(LOAD_TOKEN).verifyModel({ model: "alpha" })) messages.push(message);
  expect(messages.at(-1)).toMatchObject({ done: true, valid: false, digest: { kind: ModelDigestKind.NONE } });
  const missing = lifecycle(LOAD_TOKEN).verifyModel({ model: "gamma" });
  const error = await rejection(
    (async () => {
      for await (const _ of missing);
    })(),
  );
  expect(error.code).toBe(Code.NotFound);
});

it("streams the status at every change, to whoever watches", async () => {
  const leaving = new AbortController();
  const seen: ModelState[] = [];
  const watching = (async () => {
    for await (const { instances } of lifecycle(TOKEN).watchStatus({}, { signal: leaving.signal })) {
      const state = instances[0]?.state ?? ModelState.UNSPECIFIED;
      if (seen.at(-1) !== state) seen.push(state);
      if (seen.length === 1) void lifecycle(LOAD_TOKEN).unloadModel({});
      if (state === ModelState.IDLE) leaving.abort();
    }
  })();
  await watching.catch((thrown: unknown) => expect(ConnectError.from(thrown).code).toBe(Code.Canceled));
  expect(seen[0]).toBe(ModelState.READY);
  expect(seen.at(-1)).toBe(ModelState.IDLE);
});
