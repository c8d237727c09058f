import { describe, expect, it } from "vitest";
import { isOwnListener } from "../../src/config/own-listener.ts";
import { development, failure, load, loadDevelopment, outline } from "./load.ts";

const fails = (env: Record<string, string>) => failure(() => loadDevelopment(env));

describe("conditions over several settings", () => {
  it("the demo has no engines of its own choosing", () => {
    expect(outline(fails({ COUNTERSIGN_MODE: "demo" }))).toEqual(["conflict engines VLLM_BASE_URL"]);
  });

  it("something has to listen", () => {
    expect(outline(fails({ LISTEN_PORT: "off" }))).toEqual(["conflict listen.port LISTEN_PORT"]);
    expect(loadDevelopment({ LISTEN_PORT: "off", COUNTERSIGN_TLS_PORT: "0" }).listen.port).toBeUndefined();
  });

  it("listeners do not share a port, unless both take any", () => {
    expect(outline(fails({ COUNTERSIGN_TLS_PORT: "8000" }))).toEqual(["conflict tls.port COUNTERSIGN_TLS_PORT"]);
    expect(loadDevelopment({ LISTEN_PORT: "0", COUNTERSIGN_TLS_PORT: "0" }).tls.port).toBe(0);
  });

  it("a certificate and its key go together", () => {
    expect(outline(fails({ TLS_KEY_PATH: "k" }))).toEqual(["conflict tls.keyPath TLS_KEY_PATH"]);
    expect(outline(fails({ TLS_CERT_PATH: "c", COUNTERSIGN_TLS_PORT: "1" }))).toEqual([
      "conflict tls.certPath TLS_CERT_PATH",
    ]);
    expect(loadDevelopment({ TLS_CERT_PATH: "c" }).tls.certPath).toBe("c");
  });

  it("a checkpoint default is not below its own minimum", () => {
    expect(outline(fails({ COUNTERSIGN_STREAM_CHECKPOINT_CHUNKS: "15" }))).toEqual([
      "conflict stream.checkpointChunks COUNTERSIGN_STREAM_CHECKPOINT_CHUNKS",
    ]);
    expect(outline(fails({ COUNTERSIGN_STREAM_MIN_CHECKPOINT_INTERVAL: "3s" }))).toEqual([
      "conflict stream.checkpointInterval default",
    ]);
    const equal = { COUNTERSIGN_STREAM_CHECKPOINT_CHUNKS: "16", COUNTERSIGN_STREAM_CHECKPOINT_INTERVAL: "100ms" };
    expect(loadDevelopment(equal).stream.checkpointChunks).toBe(16);
  });

  it("models of a directory run in engines of the gateway's own", () => {
    const own = { VLLM_BASE_URL: "", COUNTERSIGN_MODELS_DIR: "models" };
    expect(loadDevelopment(own).models).toMatchObject({ dir: "models", engine: "vllm", loadTokens: [] });
    expect(outline(fails({ COUNTERSIGN_MODELS_DIR: "models" }))).toEqual(["conflict engines VLLM_BASE_URL"]);
    const custom = { ...own, COUNTERSIGN_MODELS_ENGINE: "custom" };
    expect(outline(fails(custom))).toEqual(["missing_value models.command default"]);
    expect(loadDevelopment({ ...custom, COUNTERSIGN_MODELS_COMMAND: "run {path}" }).models.command).toEqual([
      "run",
      "{path}",
    ]);
    expect(outline(fails({ ...custom, COUNTERSIGN_MODELS_COMMAND: "run", COUNTERSIGN_MODELS_PROGRAM: "p" }))).toEqual([
      "conflict models.program COUNTERSIGN_MODELS_PROGRAM",
    ]);
    expect(outline(fails({ ...own, COUNTERSIGN_MODELS_COMMAND: "run" }))).toEqual([
      "conflict models.command COUNTERSIGN_MODELS_COMMAND",
    ]);
  });

  it("production lets nobody load models without a token, and takes no toy for an engine", () => {
    const production = { MODEL_NAME: "m", TOKEN: "t", COUNTERSIGN_MODELS_DIR: "models" };
    expect(outline(failure(() => load({ env: production })))).toEqual(["missing_value models.loadTokens default"]);
    const guarded = { ...production, LOAD_TOKEN: "l" };
    expect(load({ env: guarded }).models.loadTokens).toEqual(["l"]);
    expect(outline(failure(() => load({ env: { ...guarded, COUNTERSIGN_MODELS_ENGINE: "demo" } })))).toEqual([
      "conflict models.engine COUNTERSIGN_MODELS_ENGINE",
    ]);
  });

  it("the runtime status is pushed with all it takes, or not at all", () => {
    const push = {
      COUNTERSIGN_PUSH_URL: "https://plane.example",
      COUNTERSIGN_PUSH_ENCLAVE_ID: "e",
      COUNTERSIGN_PUSH_TOKEN: "p",
    };
    expect(loadDevelopment(push).push).toEqual({
      url: "https://plane.example",
      enclaveId: "e",
      token: "p",
      intervalMs: 30_000,
    });
    expect(loadDevelopment({}, ["--push-interval", "5s"]).push.intervalMs).toBe(5_000);
    for (const name of Object.keys(push)) {
      const error = fails({ ...push, [name]: "" });
      expect(outline(error)[0]).toMatch(/^conflict push\.url /);
      expect(error.message).not.toContain("[p]");
    }
  });

  it("is not judged by values that could not be read", () => {
    const error = fails({ COUNTERSIGN_STREAM_CHECKPOINT_CHUNKS: "x", COUNTERSIGN_STREAM_MIN_CHECKPOINT_CHUNKS: "300" });
    expect(outline(error)).toEqual(["invalid_value stream.checkpointChunks COUNTERSIGN_STREAM_CHECKPOINT_CHUNKS"]);
  });
});

describe("an engine at our own listener", () => {
  it("stops the start, and says which variables part them", () => {
    const error = fails({ VLLM_BASE_URL: "http://localhost:8000" });
    expect(outline(error)).toEqual(["own_listener engines VLLM_BASE_URL"]);
    expect(error.message).toContain("http://localhost:8000 is this gateway's own listener");
    expect(error.message).toMatch(/VLLM_BASE_URL.*LISTEN_PORT/);
  });

  it("stops the start when both are left to their defaults", () => {
    const { VLLM_BASE_URL: _, ...env } = development;
    expect(outline(failure(() => load({ env })))).toEqual(["own_listener engines default"]);
  });

  it("is found anywhere in the list, and on the TLS port", () => {
    const env = { VLLM_BACKEND_URLS: "http://a:1,https://127.0.0.1:8443", COUNTERSIGN_TLS_PORT: "8443" };
    expect(outline(fails(env))).toEqual(["own_listener engines VLLM_BACKEND_URLS"]);
  });

  const any = "0.0.0.0";
  it.each([
    ["http://127.0.0.1:8000", any, true],
    ["http://127.9.9.9:8000", any, true],
    ["http://2130706433:8000", any, true],
    ["http://LOCALHOST:8000/v1", any, true],
    ["http://localhost.:8000", any, true],
    ["http://x.localhost:8000", any, true],
    ["http://[::1]:8000", any, true],
    ["http://[::ffff:127.0.0.1]:8000", any, true],
    ["http://0.0.0.0:8000", any, true],
    ["http://[::]:8000", "::", true],
    ["https://127.0.0.1:8000", any, true],
    ["http://192.0.2.7:8000", any, true],
    ["http://[2001:db8::7]:8000", "::", true],
    ["http://gateway:8000", any, true],
    ["http://127.0.0.1:8001", any, false],
    ["http://127.0.0.1", any, false],
    ["http://192.0.2.8:8000", any, false],
    ["http://engine:8000", any, false],
    ["http://localhost:8000", "127.0.0.1", true],
    ["http://0.0.0.0:8000", "127.0.0.1", true],
    ["http://192.0.2.7:8000", "127.0.0.1", false],
    ["http://192.0.2.7:8000", "192.0.2.7", true],
    ["http://127.0.0.1:8000", "192.0.2.7", false],
    ["http://[2001:db8::7]:8000", "2001:DB8:0::7", true],
    ["http://gateway.internal:8000", "Gateway.Internal", true],
  ])("%s with a listener on %s: %s", (url, host, expected) => {
    const settings = {
      listen: { host, port: 8000 },
      tls: { port: undefined, certPath: undefined, keyPath: undefined },
    };
    const own = () => ["gateway", "192.0.2.7", "2001:db8::7", "fe80::1%eth0"];
    expect(isOwnListener(new URL(url), settings, own)).toBe(expected);
  });

  it("knows the ports that URLs leave out", () => {
    const at = (port: number) => ({
      listen: { host: any, port },
      tls: { port: undefined, certPath: undefined, keyPath: undefined },
    });
    expect(isOwnListener(new URL("http://localhost"), at(80), () => [])).toBe(true);
    expect(isOwnListener(new URL("https://localhost"), at(443), () => [])).toBe(true);
    expect(isOwnListener(new URL("https://localhost"), at(80), () => [])).toBe(false);
  });
});
