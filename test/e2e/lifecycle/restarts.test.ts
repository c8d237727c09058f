import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addFakeModel, enginesStarted, FAKE_ENGINE, isRunning } from "../../support/fake-engine/fake-engine.ts";
import { startGatewayProcess } from "../../support/gateway-process.ts";
import { startManagedGateway } from "../../support/managed-gateway.ts";
import { rest } from "../../support/rest-call.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-restart-"));
});
afterEach(() => {
  // An engine that outlives its gateway must not outlive a test that fails.
  for (const pid of enginesStarted(join(folder, "models", "m"))) if (isRunning(pid)) process.kill(pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const ready = ({ state }: { state: string }) => state === "ready";
const noted = () => join(folder, "state", "last-loads.json");

it("loads again at start what was loaded, with its arguments and a number of its own", async () => {
  {
    await using managed = await startManagedGateway({ folder, models: { m: {}, vectors: {} } });
    await managed.load({ model: "m", max_model_len: 77, embedding_model: "vectors" });
    await Promise.all([managed.until(ready), managed.until(ready, "embed")]);
    expect(statSync(noted()).mode & 0o777).toBe(0o600);
    expect(readFileSync(noted(), "utf8")).not.toMatch(/token/i);
  }
  {
    await using managed = await startManagedGateway({ folder });
    const [restored] = await Promise.all([managed.until(ready), managed.until(ready, "embed")]);
    expect(restored).toMatchObject({ model: "m", generation: 3 });
    const given = JSON.parse(readFileSync(join(managed.path("m"), "arguments.json"), "utf8"));
    expect(given).toContain("--max-model-len=77");
    await managed.unload({ all: true });
    await managed.until(({ state }) => state === "idle");
  }
  await using managed = await startManagedGateway({ folder });
  expect(managed.models.status()).toMatchObject([{ state: "idle", generation: 0 }]);
});

it("loads the configured model at the very first start, if there is one by its name", async () => {
  addFakeModel(join(folder, "models"), "configured");
  await using managed = await startManagedGateway({ folder });
  expect(await managed.until(ready)).toMatchObject({ model: "configured", generation: 1 });
});

it.each([
  ["damaged", "{"],
  ["of another version", '{"version":2,"generation":1,"loads":{}}'],
  [
    "that names a way out",
    '{"version":1,"generation":1,"loads":{"generate":{"model":"m","source":"..","arguments":{}}}}',
  ],
  [
    "with an argument nobody knows",
    '{"version":1,"generation":1,"loads":{"generate":{"model":"m","source":"m","arguments":{"host":"x"}}}}',
  ],
])("starts idle, with a warning, from a file that is %s", async (_, content) => {
  addFakeModel(join(folder, "models"), "m");
  mkdirSync(join(folder, "state"));
  writeFileSync(noted(), content);
  await using managed = await startManagedGateway({ folder });
  expect(managed.models.status()).toMatchObject([{ state: "idle" }]);
  expect(managed.gateway.log.join("\n")).toMatch(/last load unreadable|model not restored/);
});

it("ends the engine a killed gateway left behind, and starts its own", async () => {
  const path = addFakeModel(join(folder, "models"), "m", { outlivesParent: true, ignoresTerm: true });
  const env = {
    VLLM_BASE_URL: "",
    MODEL_NAME: "m",
    COUNTERSIGN_MODELS_DIR: join(folder, "models"),
    COUNTERSIGN_MODELS_STATE_PATH: join(folder, "state"),
    COUNTERSIGN_MODELS_ENGINE: "custom",
    COUNTERSIGN_MODELS_COMMAND: `${process.execPath} ${FAKE_ENGINE} --path={path} --port={port} --name={name}`,
    COUNTERSIGN_MODELS_HEALTH_INTERVAL: "15ms",
    COUNTERSIGN_MODELS_STOP_GRACE: "50ms",
  };
  const readyNow = async (url: string): Promise<boolean> =>
    (await rest(url, { path: "/readiness", authorization: null })).status === 200;
  let left = 0;
  {
    await using gateway = await startGatewayProcess("", env);
    await expect.poll(() => readyNow(gateway.url), { interval: 20, timeout: 20_000 }).toBe(true);
    [left = 0] = enginesStarted(path);
    gateway.child.kill("SIGKILL");
    await gateway.exited;
  }
  expect(isRunning(left)).toBe(true);
  await using gateway = await startGatewayProcess("", env);
  expect(isRunning(left)).toBe(false);
  await expect.poll(() => readyNow(gateway.url), { interval: 20, timeout: 20_000 }).toBe(true);
  // A gateway that is asked to end takes its engine with it.
  gateway.child.kill("SIGTERM");
  if (gateway.child.exitCode === null) await once(gateway.child, "exit");
  expect(enginesStarted(path).filter(isRunning)).toEqual([]);
});
