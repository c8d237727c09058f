import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { enginesStarted, grandchildOf, isRunning } from "../../support/fake-engine/fake-engine.ts";
import { LOAD_TOKEN, type ManagedGateway, startManagedGateway } from "../../support/managed-gateway.ts";
import { CHAT, rest } from "../../support/rest-call.ts";

const settled = ({ state }: { state: string }) => state === "ready" || state === "error";

interface Said {
  readonly status: number;
  readonly error?: unknown;
}

async function say(managed: ManagedGateway, content: string, model = "m"): Promise<Said> {
  const body = JSON.stringify({ model, messages: [{ role: "user", content }] });
  const answer = await rest(managed.url, { path: CHAT, body });
  return { ...JSON.parse(answer.body.toString("utf8")), status: answer.status };
}

/** Resolves when the processes have ended: the kernel says nothing about those that are not ours. */
async function gone(pids: readonly (number | undefined)[]): Promise<void> {
  await expect
    .poll(() => pids.filter((pid) => pid !== undefined && isRunning(pid)), { interval: 5, timeout: 10_000 })
    .toEqual([]);
}

it("shows the progress of a slow load, which never falls", async () => {
  const says = [
    "\u001b[32mINFO\u001b[0m starting\n",
    "(Worker pid=7) Loading safetensors checkpoint shards:   0% Completed | 0/37 [00:00<?, ?it/s]\r",
    "(Worker pid=7) Loading safetensors checkpoint shards:  54% Completed | 20/37 [01:27<01:19, 4.66s/it]\r",
    "Loading model weights 30%\n",
    "step 1/2 of something else\n",
  ];
  await using managed = await startManagedGateway({ models: { m: { says, startMs: 150 } } });
  const seen: [number, string][] = [];
  managed.models.onStatus(() => {
    const [{ progress, state } = { progress: 0, state: "" }] = managed.models.status();
    if (state === "loading") seen.push([progress, state]);
  });
  await managed.load({ model: "m" });
  await managed.until(({ message }) => message === "loading weights: 54 %");
  expect((await managed.status())["proxy_progress"]).toBe(0.54);
  expect((await say(managed, "Hi")).error).toMatchObject({ code: "model_not_loaded", model_state: "loading" });
  await managed.until(settled);
  const shares = seen.map(([share]) => share);
  expect(shares).toEqual(shares.toSorted((one, other) => one - other));
  expect(managed.models.status()[0]).toMatchObject({ state: "ready", progress: 1 });
});

it("keeps the cause of an engine that ends at once, and its output for the operator", async () => {
  const complains = [
    "ERROR 01-02 03:04:05 [core.py:1] EngineCore failed to start.\n",
    "ValueError: the weights are for another model\n",
    "RuntimeError: Engine core initialization failed. See root cause above.\n",
    ...Array.from({ length: 1000 }, (_, index) => `line ${index}\n`),
  ];
  await using managed = await startManagedGateway({ models: { m: { exits: 3, complains, grandchild: true } } });
  await managed.load({ model: "m" });
  const { state, message } = await managed.until(settled);
  expect([state, message]).toEqual([
    "error",
    "the engine ended with status 3: ValueError: the weights are for another model",
  ]);
  expect(await managed.status()).toMatchObject({ proxy_status: "error", state: "failed", error: message });
  expect((await managed.status())["stderr_tail"]).toBeUndefined();
  const tail = (await managed.status(`Bearer ${LOAD_TOKEN}`))["stderr_tail"] as string[];
  expect(tail).toHaveLength(400);
  // The process it started may have had the last word.
  expect(tail).toContain("line 999");
  // A load that failed is not what the next start should do again.
  expect(JSON.parse(readFileSync(join(managed.stateDir, "last-loads.json"), "utf8"))).toMatchObject({ loads: {} });
  await gone([grandchildOf(managed.path("m"))]);
  // Another load of the same does not join the failure.
  await managed.load({ model: "m" });
  expect((await managed.until(({ generation, state }) => generation === 2 && state === "error")).generation).toBe(2);
});

it("says so when there is no such program", async () => {
  await using managed = await startManagedGateway({
    models: { m: {} },
    env: {
      COUNTERSIGN_MODELS_ENGINE: "vllm",
      COUNTERSIGN_MODELS_COMMAND: "",
      COUNTERSIGN_MODELS_PROGRAM: "/nowhere/vllm",
    },
  });
  await managed.load({ model: "m" });
  const { message } = await managed.until(settled);
  expect(message).toBe("the engine's program could not be started: it does not exist");
});

it.each([
  ["never listens", { neverListens: true }],
  ["is never well", { unhealthy: true }],
])("ends an engine that %s, and what it started, when its time is up", async (_, behaviour) => {
  await using managed = await startManagedGateway({
    models: { m: { ...behaviour, grandchild: true, ignoresTerm: true, says: ["compiling\n"] } },
    env: { COUNTERSIGN_MODELS_LOAD_TIMEOUT: "700ms", COUNTERSIGN_MODELS_STOP_GRACE: "50ms" },
  });
  await managed.load({ model: "m" });
  const { state, message } = await managed.until(settled);
  expect(state).toBe("error");
  expect(message).toMatch(/^the engine did not answer within 700 ms(?:; it last said: (?:compiling|grandchild))?$/);
  await gone([...enginesStarted(managed.path("m")), grandchildOf(managed.path("m"))]);
});

it.each(["lines", "bytes"] as const)("stands an engine that floods its output with %s", async (floods) => {
  await using managed = await startManagedGateway({ models: { m: { floods, startMs: 50 } } });
  await managed.load({ model: "m" });
  expect((await managed.until(settled)).state).toBe("ready");
  expect(await managed.status()).toMatchObject({ proxy_status: "ready" });
  expect((await say(managed, "Hi")).status).toBe(200);
  await managed.unload();
  await managed.until(({ state }) => state === "idle");
});

it("kills an engine that ignores TERM, after its grace, with everything it started", async () => {
  await using managed = await startManagedGateway({
    models: { m: { ignoresTerm: true, grandchild: true } },
    env: { COUNTERSIGN_MODELS_STOP_GRACE: "60ms" },
  });
  await managed.load({ model: "m" });
  await managed.until(({ state }) => state === "ready");
  await managed.unload();
  // The status stays readable while the engine is being stopped.
  expect((await managed.status())["proxy_status"]).toBe("unloading");
  await managed.until(({ state }) => state === "idle");
  expect(existsSync(join(managed.path("m"), "terms"))).toBe(true);
  await gone([...enginesStarted(managed.path("m")), grandchildOf(managed.path("m"))]);
});

it("notices at once that an engine died, tells nothing of what it said, and starts it again", async () => {
  await using managed = await startManagedGateway({
    models: { m: { grandchild: true } },
    env: { COUNTERSIGN_MODELS_RESTART_DELAY: "40ms", COUNTERSIGN_MODELS_HEALTH_MISSES: "1000" },
  });
  await managed.load({ model: "m" });
  await managed.until(({ state }) => state === "ready");
  const first = grandchildOf(managed.path("m"));
  const [answer, failed] = await Promise.all([
    say(managed, "please crash"),
    managed.until(({ state }) => state === "error"),
  ]);
  expect(answer).toMatchObject({ status: 502, error: { code: "engine_unreachable" } });
  expect(failed.message).toBe("the engine ended with status 9: runtimeerror; restart 1 of 5 in 40 ms");
  expect(failed.outputTail).toEqual([]);
  const back = await managed.until(({ state, generation }) => state === "ready" && generation === 2);
  expect(back.model).toBe("m");
  await gone([first]);
  expect((await say(managed, "Hi")).status).toBe(200);
  expect(managed.gateway.log.join("\n")).not.toContain("please crash");
});

it("gives up on an engine that dies again and again", async () => {
  await using managed = await startManagedGateway({ models: { m: {} }, env: { COUNTERSIGN_MODELS_RESTARTS: "1" } });
  await managed.load({ model: "m" });
  await managed.until(({ state }) => state === "ready");
  await say(managed, "please crash");
  await managed.until(({ state, generation }) => state === "ready" && generation === 2);
  await say(managed, "please crash");
  const { message } = await managed.until(({ state }) => state === "error");
  expect(message).toBe("the engine ended with status 9: runtimeerror");
  expect((await say(managed, "Hi")).error).toMatchObject({ code: "model_not_loaded", model_state: "error" });
  expect(enginesStarted(managed.path("m"))).toHaveLength(2);
  await managed.unload();
  await managed.until(({ state }) => state === "idle");
});

it("notices that an engine hangs, ends it, and starts it again", async () => {
  await using managed = await startManagedGateway({
    models: { m: {} },
    env: { COUNTERSIGN_MODELS_HEALTH_TIMEOUT: "60ms", COUNTERSIGN_MODELS_HEALTH_MISSES: "2" },
  });
  await managed.load({ model: "m" });
  await managed.until(({ state }) => state === "ready");
  const [answer, { message }] = await Promise.all([
    say(managed, "please hang"),
    managed.until(({ state }) => state === "error"),
  ]);
  expect(message).toMatch(/^the engine stopped answering questions after its health; restart 1 of 5/);
  expect(answer).toMatchObject({ status: 502, error: { code: "engine_unreachable" } });
  await managed.until(({ state }) => state === "ready");
  const [hung] = enginesStarted(managed.path("m"));
  await gone([hung]);
});
