import { describe, expect, it } from "vitest";
import { ineffectiveVariables } from "../../src/config/ineffective-variables.ts";
import { knownVariables } from "../../src/config/sources/environment.ts";
import { development, failure, load, loadDevelopment, outline } from "./load.ts";

/** The variables of the older gateways' documentation, with a value each understands. */
const seedVariables: Readonly<Record<string, string>> = {
  MODEL_NAME: "m",
  TOKEN: "t",
  VLLM_BASE_URL: "http://a:1",
  VLLM_BACKEND_URLS: "http://a:1,http://b:2",
  VLLM_IMAGES_URL: "http://a:1/v1/images/generations",
  VLLM_IMAGES_EDITS_URL: "http://a:1/v1/images/edits",
  VLLM_TRANSCRIPTIONS_URL: "http://a:1/v1/audio/transcriptions",
  VLLM_RERANK_URL: "http://a:1/v1/rerank",
  VLLM_SCORE_URL: "http://a:1/v1/score",
  LISTEN_PORT: "8000",
  DEV: "1",
  GPU_NO_HW_MODE: "1",
  CHAT_CACHE_EXPIRATION: "1200",
  ATTESTATION_CACHE_TTL: "300",
  TLS_CERT_PATH: "/cert.pem",
  VLLM_PROXY_MAX_REQUEST_SIZE: "10485760",
  VLLM_PROXY_MAX_IMAGE_REQUEST_SIZE: "52428800",
  VLLM_PROXY_MAX_AUDIO_REQUEST_SIZE: "104857600",
  VLLM_PROXY_MAX_KEEPALIVE: "100",
  VLLM_PROXY_POOL_IDLE_TIMEOUT_SECS: "60",
  VLLM_PROXY_TIMEOUT_SECS: "3600",
  RATE_LIMIT_PER_SECOND: "100",
  RATE_LIMIT_BURST_SIZE: "200",
  RATE_LIMIT_NO_TRUST_PROXY: "true",
  CLOUD_API_URL: "http://c",
  CLOUD_API_AUTH_MAX_ATTEMPTS: "3",
  CLOUD_API_AUTH_INITIAL_BACKOFF_MS: "100",
  CLOUD_API_AUTH_TIMEOUT_SECS: "5",
  COMPOSE_MANAGER_URL: "http://m",
  OPENAI_CHAT_COMPATIBILITY_CHECK: "yes",
  STARTUP_CHECK_RETRIES: "3",
  STARTUP_CHECK_RETRY_DELAY_SECS: "5",
  STARTUP_CHECK_TIMEOUT_SECS: "30",
  HEALTH_CHECK_INTERVAL_SECS: "5",
  HEALTH_CHECK_MAX_FAILURES: "3",
  HEALTH_CHECK_TIMEOUT_SECS: "3",
  OHTTP_ENABLED: "true",
  LOG_FORMAT: "json",
  RUST_LOG: "info,hyper=warn",
  DSTACK_SIMULATOR_ENDPOINT: "http://s",
  REDIS_HOST: "r",
  REDIS_PORT: "6379",
  REDIS_PASSWORD: "p",
  REDIS_DB: "0",
  E2EE_REPLAY_WINDOW_SECONDS: "300",
  LOAD_TOKEN: "l",
};

describe("variables of the older gateways", () => {
  it("are all known, and take effect or are reported", () => {
    const config = load({ env: seedVariables });
    const effective = Object.values(config.sources).flatMap((source) =>
      source.from === "environment" ? [source.name] : [],
    );
    const reported = config.notYetEffective.map(({ name }) => name);
    const shadowed = ["VLLM_BASE_URL"];
    expect([...new Set([...effective, ...reported, ...shadowed])].toSorted()).toEqual(
      Object.keys(seedVariables).toSorted(),
    );
    expect(config.unknownVariables).toEqual([]);
  });

  it.each([
    [{ VLLM_PROXY_TIMEOUT_SECS: "7200" }, { timeouts: { totalMs: 7_200_000 } }],
    [{ CHAT_CACHE_EXPIRATION: "60" }, { signatures: { ttlMs: 60_000 } }],
    [{ VLLM_PROXY_MAX_REQUEST_SIZE: "100" }, { limits: { jsonBodyBytes: 100 } }],
    [{ VLLM_PROXY_MAX_KEEPALIVE: "7" }, { pool: { maxIdleSockets: 7 } }],
    [{ VLLM_PROXY_POOL_IDLE_TIMEOUT_SECS: "60" }, { pool: { idleSocketMs: 60_000 } }],
    [{ VLLM_PROXY_POOL_IDLE_TIMEOUT_SECS: "0" }, { pool: { idleSocketMs: 4000 } }],
    [{ RUST_LOG: "debug,hyper=warn" }, { log: { level: "debug" } }],
    [{ LOG_FORMAT: "JSON" }, { log: { format: "json" } }],
    [{ TOKEN: " a, b ,," }, { tokens: ["a", "b"] }],
  ])("%o", (env, expected) => {
    expect(loadDevelopment(env)).toMatchObject(expected);
  });

  it.each([
    ["LISTEN_PORT", "http", "invalid_value"],
    ["LISTEN_PORT", "65536", "out_of_range"],
    ["VLLM_PROXY_TIMEOUT_SECS", "1h", "invalid_value"],
    ["VLLM_PROXY_TIMEOUT_SECS", "0", "out_of_range"],
    ["VLLM_PROXY_TIMEOUT_SECS", "2147484", "out_of_range"],
    ["VLLM_PROXY_POOL_IDLE_TIMEOUT_SECS", "3601", "out_of_range"],
    ["VLLM_PROXY_MAX_REQUEST_SIZE", "0", "out_of_range"],
    ["LOG_LEVEL", "loud", "invalid_value"],
    ["OHTTP_ENABLED", "perhaps", "invalid_value"],
    ["ATTESTATION_CACHE_TTL", "1", "out_of_range"],
    ["STARTUP_CHECK_RETRIES", "0", "out_of_range"],
    ["REDIS_PORT", "x", "invalid_value"],
  ])("stops for %s=%s, by name", (name, value, code) => {
    const error = failure(() => loadDevelopment({ [name]: value }));
    expect(error.code).toBe(code);
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]?.source).toEqual({ from: "environment", name });
    expect(error.message).toContain(`"${value}"`);
    expect(error.message).toContain("Accepted: ");
  });

  it("count as absent when empty", () => {
    const env = { LISTEN_PORT: "", VLLM_BACKEND_URLS: "", TOKEN_FILE: "", OHTTP_ENABLED: "", COUNTERSIGN_X: "" };
    const config = loadDevelopment({ ...env, COUNTERSIGN_CONFIG: "" });
    expect(config).toMatchObject({ listen: { port: 8000 }, notYetEffective: [], unknownVariables: [] });
    expect(config.engines).toHaveLength(1);
  });
});

describe("warnings", () => {
  it.each(["OHTTP_ENABLED", "RATE_LIMIT_PER_SECOND", "RATE_LIMIT_BURST_SIZE", "RATE_LIMIT_NO_TRUST_PROXY"])(
    "says that %s is ignored, since the deployment is weaker without it",
    (name) => {
      expect(loadDevelopment({ [name]: "1" }).notYetEffective).toEqual([
        { name, note: expect.stringMatching(/^ignored: ./) },
      ]);
    },
  );

  it("says that other known variables have no effect yet", () => {
    expect(loadDevelopment({ REDIS_HOST: "r" }).notYetEffective).toEqual([
      { name: "REDIS_HOST", note: expect.stringMatching(/^no effect yet: ./) },
    ]);
  });

  it("is silent about a switch that is off", () => {
    expect(loadDevelopment({ OHTTP_ENABLED: "false", GPU_NO_HW_MODE: "0" }).notYetEffective).toEqual([]);
  });

  it("takes the certificate of a TLS terminator in front: reports are bound to it", () => {
    expect(loadDevelopment({ TLS_CERT_PATH: "c.pem" })).toMatchObject({
      tls: { port: undefined, certPath: "c.pem" },
      notYetEffective: [],
    });
  });

  it("reports unknown variables that look like ours", () => {
    const env = {
      VLLM_PROXY_TIMEOUT: "1",
      COUNTERSIGN_LISTEN_PROT: "1",
      COUNTERSIGN_ABCDEFGHIJKL: "1",
      VLLM_USE_V1: "1",
    };
    expect(loadDevelopment(env).unknownVariables).toEqual([
      { name: "VLLM_PROXY_TIMEOUT", suggestion: "VLLM_PROXY_TIMEOUT_SECS" },
      { name: "COUNTERSIGN_LISTEN_PROT", suggestion: "COUNTERSIGN_LISTEN_PORT" },
      { name: "COUNTERSIGN_ABCDEFGHIJKL", suggestion: undefined },
    ]);
  });

  it("knows every variable once", () => {
    expect(knownVariables).toHaveLength(new Set(knownVariables).size);
    expect(knownVariables).toEqual(expect.arrayContaining(ineffectiveVariables.map(({ name }) => name)));
  });
});

describe("secrets in files", () => {
  const { TOKEN: _, ...withoutToken } = development;
  const env = { ...withoutToken, TOKEN_FILE: "/run/token" };

  it.each([
    ["a", ["a"]],
    ["a,b\n", ["a", "b"]],
    ["a\r\n", ["a"]],
  ])("reads %j", (content, tokens) => {
    const config = load({ env, files: { "/run/token": content } });
    expect(config.tokens).toEqual(tokens);
    expect(config.sources.tokens).toEqual({ from: "environment", name: "TOKEN_FILE" });
  });

  it("reads the file named by our own variable, the flag, or the configuration file", () => {
    const files = { f: "a\n", "c.yaml": "tokensFile: f\n" };
    expect(load({ env: { ...withoutToken, COUNTERSIGN_TOKENS_FILE: "f" }, files }).tokens).toEqual(["a"]);
    expect(load({ env: withoutToken, argv: ["--tokens-file", "f"], files }).tokens).toEqual(["a"]);
    expect(load({ env: { ...withoutToken, COUNTERSIGN_CONFIG: "c.yaml" }, files }).tokens).toEqual(["a"]);
  });

  it.each([
    [{}, "file_unreadable", "does not exist"],
    [{ "/run/token": new Uint8Array([0xff]) }, "file_unreadable", "is not UTF-8"],
    [{ "/run/token": "t".repeat(1024 * 1024 + 1) }, "file_unreadable", "is larger than 1048576 bytes"],
    [{ "/run/token": "\n" }, "invalid_value", "holds no token"],
    [{ "/run/token": "a\nb\n" }, "invalid_value", "holds a space, a comma, a control"],
  ])("stops for %o", (files, code, reason) => {
    const error = failure(() => load({ env, files }));
    expect(outline(error)).toEqual([`${code} tokens TOKEN_FILE`]);
    expect(error.message).toContain(reason);
  });

  it("refuses a secret given twice over", () => {
    const both = failure(() => load({ env: { ...development, TOKEN_FILE: "f" }, files: { f: "a" } }));
    expect(outline(both)).toEqual(["conflict tokens TOKEN_FILE"]);
    const files = { f: "a", "c.yaml": "tokens: [a]\ntokensFile: f\n" };
    const inFile = failure(() => load({ env: { ...development, COUNTERSIGN_CONFIG: "c.yaml" }, files }));
    expect(outline(inFile)).toEqual(["conflict tokens c.yaml:2"]);
  });
});
