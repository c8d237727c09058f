import { expect, it } from "vitest";
import { enginesStarted, isRunning } from "../../support/fake-engine/fake-engine.ts";
import { type ManagedGateway, startManagedGateway } from "../../support/managed-gateway.ts";
import { CHAT, openRest, readRest, rest } from "../../support/rest-call.ts";

const ready = ({ state }: { state: string }) => state === "ready";

function hold(managed: ManagedGateway, model: string) {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "please hold" }] });
  return openRest(managed.url, { path: CHAT, body });
}

it("lets running exchanges finish before a model is unloaded, and takes no new ones", async () => {
  await using managed = await startManagedGateway({ models: { m: {} } });
  await managed.load({ model: "m" });
  await managed.until(ready);
  const { request, response } = await hold(managed, "m");
  await managed.unload();
  expect(await managed.status()).toMatchObject({
    proxy_status: "unloading",
    in_flight: 1,
    message: "the model is being unloaded; exchanges in flight: 1",
  });
  const refused = await rest(managed.url, {
    path: CHAT,
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }] }),
  });
  expect(refused.status).toBe(503);
  expect(JSON.parse(refused.body.toString("utf8")).error.model_state).toBe("unloading");
  const [engine = 0] = enginesStarted(managed.path("m"));
  expect(isRunning(engine)).toBe(true);
  response.on("error", () => {});
  request.destroy();
  await managed.until(({ state }) => state === "idle");
});

it("cuts and seals what takes longer than the drain", async () => {
  await using managed = await startManagedGateway({ models: { m: {} }, env: { COUNTERSIGN_MODELS_DRAIN: "30ms" } });
  await managed.load({ model: "m" });
  await managed.until(ready);
  const { response } = await hold(managed, "m");
  const receipt = String(response.headers["x-receipt-id"]);
  await managed.unload();
  const { body, cut } = await readRest(response);
  expect(cut).toBe(false);
  expect(body.toString("utf8")).toContain('"code":"model_not_loaded","model_state":"unloading"');
  const signature = await rest(managed.url, { path: `/v1/signature/${receipt}` });
  expect(JSON.parse(signature.body.toString("utf8")).status).toBe("cancelled");
  await managed.until(({ state }) => state === "idle");
});

it("lets the later of two loads win, and leaves no process of the earlier", async () => {
  await using managed = await startManagedGateway({ models: { slow: { neverListens: true }, quick: {} } });
  const slow = managed.models.load({ model: "slow", task: "generate", arguments: {} });
  await managed.until(({ message }) => message === "waiting for the engine to answer");
  const quick = managed.models.load({ model: "quick", task: "generate", arguments: {} });
  await expect(slow.done).rejects.toMatchObject({ code: "load_superseded" });
  expect(await quick.done).toMatchObject({ state: "ready", model: "quick", generation: 2 });
  expect(enginesStarted(managed.path("slow")).filter(isRunning)).toEqual([]);
});

it("ends idle when a load is unloaded before it is done", async () => {
  await using managed = await startManagedGateway({ models: { m: { neverListens: true, grandchild: true } } });
  const load = managed.models.load({ model: "m", task: "generate", arguments: {} });
  await managed.until(({ message }) => message === "waiting for the engine to answer");
  const { done } = managed.models.unload({});
  await expect(load.done).rejects.toMatchObject({ code: "load_superseded" });
  expect(await done).toMatchObject({ state: "idle", model: "" });
  expect(enginesStarted(managed.path("m")).filter(isRunning)).toEqual([]);
});

it("starts one engine at a time however many loads come at once", async () => {
  const names = ["a", "b", "c", "d"];
  await using managed = await startManagedGateway({ models: Object.fromEntries(names.map((name) => [name, {}])) });
  const tickets = Array.from({ length: 100 }, (_, index) =>
    managed.models.load({ model: names[index % 4] ?? "", task: "generate", arguments: {} }),
  );
  const outcomes = await Promise.allSettled(tickets.map(({ done }) => done));
  expect(outcomes.slice(0, -1).every(({ status }) => status === "rejected")).toBe(true);
  expect(outcomes.at(-1)).toMatchObject({
    status: "fulfilled",
    value: { state: "ready", model: "d", generation: 100 },
  });
  expect(names.flatMap((name) => enginesStarted(managed.path(name))).filter(isRunning)).toHaveLength(1);
});

it("keeps instances apart: sidecars of a load, one that fails, and one that is left out", async () => {
  await using managed = await startManagedGateway({ models: { m: {}, vectors: {}, broken: { exits: 1 } } });
  await managed.load({ model: "m", embedding_model: "vectors", rerank_model: "broken" });
  await Promise.all([
    managed.until(ready),
    managed.until(ready, "embed"),
    managed.until(({ state }) => state === "error", "rerank"),
  ]);
  expect(await managed.status()).toMatchObject({
    proxy_status: "ready",
    degraded: true,
    models: {
      generate: { state: "ready", model: "m" },
      embed: { state: "ready", model: "vectors" },
      rerank: { state: "failed", model: "broken" },
    },
  });
  const { body } = await rest(managed.url, { path: "/v1/models" });
  expect(JSON.parse(body.toString("utf8")).data.map(({ id }: { id: string }) => id)).toEqual(["m", "vectors"]);
  const embedded = await rest(managed.url, {
    path: "/v1/embeddings",
    body: JSON.stringify({ model: "vectors", input: "a" }),
  });
  expect(JSON.parse(embedded.body.toString("utf8")).model).toBe("vectors");
  // The same load again without them: what generates stays as it is.
  expect(JSON.parse((await managed.load({ model: "m" })).body.toString("utf8"))).toMatchObject({ joined: true });
  await expect
    .poll(() => managed.models.status().map(({ instance }) => instance), { interval: 5, timeout: 10_000 })
    .toEqual(["generate"]);
  expect(await managed.status()).toMatchObject({ proxy_status: "ready", degraded: false });
  // An instance of its own leaves the others alone.
  await managed.load({ model: "vectors", task: "embed" });
  await managed.until(ready, "embed");
  expect(managed.models.status().map(({ state }) => state)).toEqual(["ready", "ready"]);
});

it("reloads for a changed argument, and knows that a default is no change", async () => {
  await using managed = await startManagedGateway({
    models: { m: {} },
    env: { COUNTERSIGN_MODELS_ALLOWED_ARGUMENTS: "max_model_len,dtype" },
  });
  await managed.load({ model: "m", max_model_len: 100 });
  await managed.until(ready);
  const generation = async (body: object) => JSON.parse((await managed.load(body)).body.toString("utf8")).generation;
  expect(await generation({ model: "m", max_model_len: "100" })).toBe(1);
  expect(await generation({ model: "m", max_model_len: 101 })).toBe(2);
  const refused = await managed.load({ model: "m", max_num_seqs: 3 });
  expect(JSON.parse(refused.body.toString("utf8")).error.message).toBe(
    "arguments.max_num_seqs: the operator does not allow it",
  );
  await managed.until(({ state, generation: now }) => state === "ready" && now === 2);
});

it("has requests wait for a model where that is configured, not for ever and not for a failure", async () => {
  await using managed = await startManagedGateway({
    models: { m: { startMs: 100 }, broken: { exits: 1, startMs: 1 } },
    env: { COUNTERSIGN_MODELS_WHEN_NOT_LOADED: "wait", COUNTERSIGN_MODELS_WAIT: "5s" },
  });
  const ask = (model: string) =>
    rest(managed.url, { path: CHAT, body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] }) });
  const early = ask("m");
  const left = await openSocketAndLeave(managed);
  await managed.load({ model: "m" });
  expect((await early).status).toBe(200);
  expect(left).toBe(true);
  await managed.load({ model: "broken" });
  const failed = await ask("broken");
  expect(failed.status).toBe(503);
  expect(JSON.parse(failed.body.toString("utf8")).error.model_state).toBe("error");
  expect((await ask("nowhere")).status).toBe(404);
});

it("gives up waiting in time", async () => {
  await using managed = await startManagedGateway({
    models: { m: {} },
    env: { COUNTERSIGN_MODELS_WHEN_NOT_LOADED: "wait", COUNTERSIGN_MODELS_WAIT: "20ms" },
  });
  const answer = await rest(managed.url, {
    path: CHAT,
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }] }),
  });
  expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "30"]);
});

/** A caller that leaves while it waits. */
async function openSocketAndLeave(managed: ManagedGateway): Promise<boolean> {
  const leaving = new AbortController();
  const call = fetch(`${managed.url}${CHAT}`, {
    method: "POST",
    signal: leaving.signal,
    headers: { "content-type": "application/json", authorization: "Bearer first-token-of-the-tests" },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }] }),
  });
  setImmediate(() => leaving.abort());
  return call.then(
    () => false,
    () => true,
  );
}
