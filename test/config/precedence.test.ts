import { describe, expect, it } from "vitest";
import { settings } from "../../src/config/settings.ts";
import { development, failure, load, loadDevelopment, loadFile, outline } from "./load.ts";

const file = { "c.yaml": "limits:\n  jsonBody: 2KiB\n" };
const fromFile = { ...development, COUNTERSIGN_CONFIG: "c.yaml" };
const fromEnvironment = { ...fromFile, VLLM_PROXY_MAX_REQUEST_SIZE: "3072" };

describe("precedence", () => {
  it("is defaults, file, environment, flags", () => {
    expect(loadDevelopment().limits.jsonBodyBytes).toBe(10_485_760);
    expect(load({ env: fromFile, files: file }).limits.jsonBodyBytes).toBe(2048);
    expect(load({ env: fromEnvironment, files: file }).limits.jsonBodyBytes).toBe(3072);
    const config = load({ env: fromEnvironment, files: file, argv: ["--limits-json-body=4KiB"] });
    expect(config.limits.jsonBodyBytes).toBe(4096);
    expect(config.sources["limits.jsonBodyBytes"]).toEqual({ from: "flag", name: "--limits-json-body" });
  });

  it("records where each value came from", () => {
    const { sources } = load({ env: fromFile, files: file });
    expect(sources["limits.jsonBodyBytes"]).toEqual({ from: "file", path: "c.yaml", line: 2 });
    expect(sources["model.name"]).toEqual({ from: "environment", name: "MODEL_NAME" });
    expect(sources["log.level"]).toEqual({ from: "default" });
    expect(Object.keys(sources).toSorted()).toEqual(Object.keys(settings).toSorted());
  });

  it("checks values that are overridden, too", () => {
    const error = failure(() =>
      load({
        env: { ...fromFile, VLLM_PROXY_MAX_REQUEST_SIZE: "many" },
        files: { "c.yaml": "limits:\n  jsonBody: lots\n" },
        argv: ["--limits-json-body", "4KiB"],
      }),
    );
    expect(outline(error)).toEqual([
      "invalid_value limits.jsonBody c.yaml:2",
      "invalid_value limits.jsonBody VLLM_PROXY_MAX_REQUEST_SIZE",
    ]);
  });

  it("prefers our own variable, then the order of the list", () => {
    const both = { LISTEN_PORT: "1", COUNTERSIGN_LISTEN_PORT: "2" };
    expect(loadDevelopment(both).listen.port).toBe(2);
    expect(loadDevelopment({ RUST_LOG: "error", LOG_LEVEL: "debug" }).log.level).toBe("debug");
    const urls = loadDevelopment({ VLLM_BACKEND_URLS: "http://a:1,http://b:2" }).engines.map(({ url }) => url.host);
    expect(urls).toEqual(["a:1", "b:2"]);
  });

  it("takes the file's name from the flag before the variable", () => {
    const files = { "a.yaml": "log:\n  level: debug\n", "b.yaml": "log:\n  level: error\n" };
    const env = { ...development, COUNTERSIGN_CONFIG: "a.yaml" };
    expect(load({ env, files }).log.level).toBe("debug");
    expect(load({ env, files, argv: ["--config", "b.yaml"] }).log.level).toBe("error");
  });
});

describe("mode", () => {
  it("is the demo when nothing is configured", () => {
    const config = load();
    expect(config).toMatchObject({
      mode: "demo",
      listen: { host: "127.0.0.1", port: 8080 },
      tls: { port: 8443, certPath: undefined, keyPath: undefined },
      model: { name: "demo" },
      engines: [],
      tokens: [],
      notYetEffective: [],
      unknownVariables: [],
    });
  });

  it("stays the demo with settings that do not concern an engine", () => {
    expect(load({ env: { TOKEN: "mine", LISTEN_PORT: "8001", DEV: "0" } })).toMatchObject({
      mode: "demo",
      tokens: ["mine"],
      listen: { port: 8001 },
    });
  });

  it("is development with DEV, with the older gateways' defaults", () => {
    expect(loadDevelopment()).toMatchObject({
      mode: "development",
      listen: { host: "127.0.0.1", port: 8000 },
      tls: { port: undefined, evidence: "deterministic" },
      tee: { source: "simulated", devices: "auto" },
      limits: { jsonBodyBytes: 10_485_760 },
      timeouts: { connectMs: 5000, totalMs: 3_600_000 },
      pool: { maxIdleSockets: 100, idleSocketMs: 4000 },
      signatures: { ttlMs: 1_200_000, text: "model-request-response" },
      stream: { checkpointChunks: 256, checkpointIntervalMs: 2000 },
      access: { publicModels: true, publicMetrics: true },
      log: { level: "info", format: "text" },
    });
    const { VLLM_BASE_URL: _, ...rest } = development;
    const [engine] = load({ env: { ...rest, LISTEN_PORT: "7000" } }).engines;
    expect(engine?.url.href).toBe("http://localhost:8000/");
  });

  it.each(["1", "true", "YES", "True"])("takes DEV=%s", (DEV) => {
    expect(loadDevelopment({ DEV }).mode).toBe("development");
  });

  it("stops for DEV=maybe, by name", () => {
    const error = failure(() => loadDevelopment({ DEV: "maybe" }));
    expect(outline(error)).toEqual(["invalid_value mode DEV"]);
    expect(error.message).toContain('"maybe"');
  });

  it.each([{}, { DEV: "no" }, { COUNTERSIGN_MODE: "production", DEV: "1" }])("is production on hardware: %o", (env) => {
    const { DEV: _, ...rest } = development;
    expect(load({ env: { ...rest, ...env } })).toMatchObject({
      mode: "production",
      listen: { host: "0.0.0.0" },
      tee: { source: "auto" },
    });
  });

  it.each([
    ["tee.source", { COUNTERSIGN_TEE_SOURCE: "simulated" }],
    ["tee.simulatorEndpoint", { DSTACK_SIMULATOR_ENDPOINT: "http://127.0.0.1:8090" }],
    ["tee.devices", { GPU_NO_HW_MODE: "1" }],
    ["tee.devices", { COUNTERSIGN_TEE_DEVICES: "simulated" }],
  ])("refuses to simulate in production: %s", (key, env) => {
    const { DEV: _, ...rest } = development;
    const error = failure(() => load({ env: { ...rest, ...env } }));
    expect(error.code).toBe("simulation_in_production");
    expect(error.problems.map((problem) => problem.key)).toEqual([key]);
    expect(error.message).toMatch(/proves nothing.*DEV=1 to run in development/);
  });

  it("names simulation in production first among other problems", () => {
    const env = { VLLM_BASE_URL: "ftp://x", LOG_FORMAT: "xml", COUNTERSIGN_TEE_SOURCE: "simulated" };
    const error = failure(() => load({ env }));
    expect(outline(error)).toEqual([
      "simulation_in_production tee.source COUNTERSIGN_TEE_SOURCE",
      "invalid_value engines VLLM_BASE_URL",
      "invalid_value log.format LOG_FORMAT",
      "missing_value model.name",
      "missing_value tokens",
    ]);
  });

  it("asks for what development needs", () => {
    const error = failure(() => load({ env: { DEV: "1", VLLM_BASE_URL: "http://a" } }));
    expect(outline(error)).toEqual(["missing_value model.name", "missing_value tokens"]);
    expect(error.message).toContain("Set MODEL_NAME, or model.name");
    expect(error.message).toContain("Set TOKEN, or tokens");
  });

  it("does not ask for what was given wrongly", () => {
    const error = failure(() => loadDevelopment({ MODEL_NAME: "countersign.x" }));
    expect(outline(error)).toEqual(["invalid_value model.name MODEL_NAME"]);
  });

  it("lets DEV=0 take back what the file says", () => {
    expect(loadFile("mode: development\n", { ...development, DEV: "0" }).mode).toBe("production");
  });
});

describe("the configuration", () => {
  it("is frozen all the way down", () => {
    const config = loadDevelopment({ OHTTP_ENABLED: "1" });
    const visit = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      expect(Object.isFrozen(value)).toBe(true);
      for (const inner of Object.values(value)) visit(inner);
    };
    visit(config);
  });
});
