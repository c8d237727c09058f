import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TOKEN } from "../../support/gateway.ts";
import { LOAD_TOKEN, type ManagedGateway, startManagedGateway } from "../../support/managed-gateway.ts";
import { CHAT, rest } from "../../support/rest-call.ts";

let managed: ManagedGateway;

beforeAll(async () => {
  managed = await startManagedGateway({ models: { alpha: {}, beta: {} } });
});
afterAll(() => managed[Symbol.asyncDispose]());

const chat = (model: string) =>
  rest(managed.url, { path: CHAT, body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] }) });
const parsed = (body: Buffer) => JSON.parse(body.toString("utf8"));

describe("the life of a model over REST", () => {
  it("begins idle, readable without a token, in both vocabularies", async () => {
    expect(await managed.status()).toMatchObject({
      loaded_model: "",
      loaded_model_digest: "",
      proxy_status: "idle",
      proxy_progress: 0,
      state: "idle",
      model: "",
      model_digest: "",
      generation: 0,
      available: ["alpha", "beta"],
    });
    expect((await rest(managed.url, { path: "/readiness", authorization: null })).status).toBe(503);
    const { body } = await rest(managed.url, { path: "/v1/models" });
    expect(parsed(body)).toEqual({ object: "list", data: [] });
  });

  it("refuses requests for a model that is not loaded with its state, and for one that is nowhere", async () => {
    const answer = await chat("alpha");
    expect(answer.status).toBe(503);
    expect(answer.headers["retry-after"]).toBe("30");
    expect(parsed(answer.body)).toEqual({
      error: {
        message: "The model is not loaded",
        type: "server_error",
        param: "model",
        code: "model_not_loaded",
        model_state: "idle",
      },
    });
    const unknown = await chat("gamma");
    expect([unknown.status, parsed(unknown.body).error.code]).toEqual([404, "model_not_found"]);
  });

  it("loads, serves, and joins an identical load", async () => {
    const accepted = await managed.load({ model: "alpha" });
    expect(accepted.status).toBe(202);
    expect(parsed(accepted.body)).toMatchObject({
      generation: 1,
      joined: false,
      proxy_status: "loading",
      model: "alpha",
    });
    const again = parsed((await managed.load({ model: "alpha", task: "generate", source: "alpha" })).body);
    expect(again).toMatchObject({ generation: 1, joined: true });
    await managed.until(({ state }) => state === "ready");
    expect(await managed.status()).toMatchObject({
      loaded_model: "alpha",
      proxy_status: "ready",
      proxy_progress: 1,
      state: "ready",
      model: "alpha",
      model_digest_kind: "none",
      generation: 1,
      models: { generate: { state: "ready", model: "alpha", generation: 1 } },
    });
    expect((await rest(managed.url, { path: "/readiness", authorization: null })).status).toBe(200);
    const answer = await chat("alpha");
    expect(answer.status).toBe(200);
    expect(parsed(answer.body).choices[0].message.content).toBe("Hello from alpha");
    const { body } = await rest(managed.url, { path: "/v1/models" });
    expect(parsed(body).data.map(({ id }: { id: string }) => id)).toEqual(["alpha"]);
  });

  it("says what is served at the well-known path", async () => {
    const { body } = await rest(managed.url, { path: "/.well-known/served-models", authorization: null });
    expect(parsed(body)).toMatchObject({
      engine: "custom",
      simulated: true,
      models: [
        { task: "generate", model: "alpha", state: "ready", generation: 1, digest: { kind: "none", value: "" } },
      ],
    });
  });

  it("replaces one model by another; signatures of the first can still be looked up", async () => {
    const receipt = String((await chat("alpha")).headers["x-receipt-id"]);
    await managed.load({ model: "beta" });
    await managed.until(({ state, model }) => state === "ready" && model === "beta");
    expect((await chat("alpha")).status).toBe(503);
    expect(parsed((await chat("beta")).body).choices[0].message.content).toBe("Hello from beta");
    const signature = await rest(managed.url, { path: `/v1/signature/${receipt}` });
    expect(signature.status).toBe(200);
    expect(parsed(signature.body).text).toMatch(/^alpha:/);
  });

  it("unloads the model that is named, and no other", async () => {
    const wrong = await managed.unload({ model: "alpha" });
    expect([wrong.status, parsed(wrong.body).error.code]).toEqual([404, "model_not_found"]);
    expect((await managed.status())["proxy_status"]).toBe("ready");
    const right = await managed.unload({ model: "beta" });
    expect([right.status, parsed(right.body).proxy_status]).toEqual([202, "unloading"]);
    await managed.until(({ state }) => state === "idle");
  });
});

describe("what guards it", () => {
  it.each([
    ["no token", null],
    ["a wrong one", "Bearer wrong"],
    ["one of another length", `Bearer ${LOAD_TOKEN}x`],
    ["a caller's", `Bearer ${TOKEN}`],
  ])("refuses changes with %s", async (_, authorization) => {
    for (const path of ["/v1/models/load", "/v1/models/unload"]) {
      const answer = await rest(managed.url, { path, body: JSON.stringify({ model: "alpha" }), authorization });
      expect([answer.status, parsed(answer.body).error.code]).toEqual([401, "unauthenticated"]);
    }
    expect((await managed.status())["proxy_status"]).toBe("idle");
  });

  it.each([
    [{}, "model"],
    [{ model: "" }, "model"],
    [{ model: 7 }, "model"],
    [{ model: "../alpha" }, "model"],
    [{ model: "/etc" }, "model"],
    [{ model: "-flag" }, "model"],
    [{ model: "a\0b" }, "model"],
    [{ model: "x".repeat(300) }, "model"],
    [{ model: "countersign.alpha" }, "model"],
    [{ model: "a", source: "../alpha" }, "source"],
    [{ model: "a", source: "/etc" }, "source"],
    [{ model: "a", source: "." }, "source"],
    [{ model: "alpha", task: "paint" }, "task"],
    [{ model: "alpha", task: "embed", rerank_model: "beta" }, "task"],
    [{ model: "alpha", trust_remote_code: true }, "arguments"],
    [{ model: "alpha", max_model_len: "--x" }, "arguments.max_model_len"],
    [{ model: "alpha", dtype: "--host=0.0.0.0" }, "arguments.dtype"],
    [{ model: "alpha", dtype: ["a"] }, "dtype"],
  ])("refuses %j", async (body, param) => {
    const answer = await managed.load(body);
    expect([answer.status, parsed(answer.body).error.param]).toEqual([400, param]);
    expect((await managed.status())["generation"]).toBe(2);
  });

  it("refuses a model that is not there, and a body that is no JSON object", async () => {
    const missing = await managed.load({ model: "gamma" });
    expect([missing.status, parsed(missing.body).error.code]).toEqual([404, "model_not_found"]);
    const list = await managed.load([]);
    expect([list.status, parsed(list.body).error.code]).toEqual([400, "invalid_json"]);
  });
});

it("passes the arguments of a load to the engine, and nothing of the gateway's secrets", async () => {
  await managed.load({ model: "named/otherwise", source: "alpha", max_model_len: 4096, enable_prefix_caching: true });
  await managed.until(({ state }) => state === "ready");
  const { readFileSync } = await import("node:fs");
  const read = (name: string) => JSON.parse(readFileSync(`${managed.path("alpha")}/${name}`, "utf8"));
  expect(read("arguments.json").filter((word: string) => !word.startsWith("--p"))).toEqual([
    "--name=named/otherwise",
    "--max-model-len=4096",
    "--enable-prefix-caching=true",
  ]);
  const environment = read("environment.json");
  expect(environment).toMatchObject({ PYTHONHASHSEED: "0", CUBLAS_WORKSPACE_CONFIG: ":4096:8" });
  expect(Object.keys(environment).filter((name) => /TOKEN|VITEST|COUNTERSIGN_(?!ENGINE_MARK)/.test(name))).toEqual([]);
  expect((await chat("named/otherwise")).status).toBe(200);
});
