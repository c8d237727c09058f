import { describe, expect, it } from "vitest";
import { configHelp, explainConfig, formatExplanation } from "../../src/config/index.ts";
import { development, failure, load, loadDevelopment, loadFile } from "./load.ts";

const secret = "hunter2";

/** Everything a ConfigError can end up showing. */
function shown(attempt: () => unknown): string {
  const error = failure(attempt);
  return [error.message, error.stack, JSON.stringify(error), JSON.stringify(error.problems)].join("\n");
}

describe("errors never hold a secret", () => {
  it.each([
    ["a bad token", () => loadDevelopment({ TOKEN: `${secret} `.concat("x") })],
    ["a bad token after a good one", () => loadDevelopment({ TOKEN: `${secret},a b` })],
    ["a token in the file", () => loadFile(`tokens: [${secret}, 1]\n`)],
    ["a token that is not a list", () => loadFile(`tokens: ${secret}\n`)],
    ["a token before a syntax error", () => loadFile(`tokens: [${secret}\nlog: {`)],
    ["a token within a syntax error", () => loadFile(`tokens: "${secret}\n`)],
    ["a token with a tag", () => loadFile(`tokens: [!x ${secret}]\n`)],
    [
      "a token's file",
      () => load({ env: { ...development, TOKEN: "", TOKEN_FILE: "f" }, files: { f: `${secret} x` } }),
    ],
    ["both variable and file", () => load({ env: { ...development, TOKEN: secret, TOKEN_FILE: "f" } })],
    ["a flag", () => loadDevelopment({}, [`--tokens=${secret}`])],
    ["a flag with a typing error", () => loadDevelopment({}, [`--tokns=${secret}`])],
    ["a stray argument", () => loadDevelopment({}, [secret])],
    ["a URL's password", () => loadDevelopment({ VLLM_BASE_URL: `http://user:${secret}@a` })],
    ["a broken URL's password", () => loadDevelopment({ VLLM_BASE_URL: `http//user:${secret}@a` })],
    ["a URL's query", () => loadFile(`engines: ["http://a/?key=${secret}"]\n`)],
    ["another problem", () => loadDevelopment({ TOKEN: secret, REDIS_PASSWORD: secret, LISTEN_PORT: "x" })],
  ])("%s", (_, attempt) => {
    expect(shown(attempt)).not.toContain(secret);
  });
});

describe("errors cannot move the cursor", () => {
  it("escapes control characters and bounds what it repeats", () => {
    const text = shown(() => loadDevelopment({ LISTEN_PORT: `\u001b[2J\u009b1m\u202e${"x".repeat(500)}` }));
    expect(text).toContain('"\\u001b[2J\\u009b1m\\u202e');
    for (const character of ["\u001b", "\u009b", "\u202e"]) expect(text).not.toContain(character);
    expect(text).not.toContain("x".repeat(81));
  });

  it("escapes unknown names", () => {
    expect(shown(() => loadFile('"a\\e[2J": 1\n'))).not.toContain("\u001b");
    expect(shown(() => loadDevelopment({}, ["--\u001b[2J"]))).not.toContain("\u001b");
  });
});

describe("explanation", () => {
  const config = load({
    env: {
      ...development,
      TOKEN: `${secret},b`,
      OHTTP_ENABLED: "1",
      VLLM_PROXY_TIMEOUT: "1",
      COUNTERSIGN_CONFIG: "c.yaml",
    },
    files: { "c.yaml": "timeouts:\n  idle: 90s\n" },
    argv: ["--limits-json-body=1MiB"],
  });

  it("shows keys, values in their grammar, and sources, without secrets", () => {
    const explanation = explainConfig(config);
    expect(JSON.stringify(explanation)).not.toContain(secret);
    expect(explanation.settings).toEqual(
      expect.arrayContaining([
        { key: "tokens", value: "2 tokens (hidden)", source: { from: "environment", name: "TOKEN" } },
        { key: "timeouts.idle", value: "90s", source: { from: "file", path: "c.yaml", line: 2 } },
        { key: "limits.jsonBody", value: "1MiB", source: { from: "flag", name: "--limits-json-body" } },
        { key: "tls.port", value: "off", source: { from: "default" } },
        { key: "tls.certPath", value: "none", source: { from: "default" } },
        { key: "engines", value: "http://127.0.0.1:9000/", source: { from: "environment", name: "VLLM_BASE_URL" } },
      ]),
    );
  });

  it("is an aligned table with the warnings below", () => {
    const text = formatExplanation(explainConfig(config));
    expect(text).not.toContain(secret);
    const rows = text.split("\n\nWarnings:\n")[0]?.split("\n") ?? [];
    const [first = ""] = rows;
    const sourceColumn = first.indexOf("environment variable DEV");
    expect(sourceColumn).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row.slice(sourceColumn)).toMatch(/^(default|environment variable |flag --|c\.yaml:)/);
      expect(row.slice(sourceColumn - 2, sourceColumn)).toBe("  ");
    }
    expect(text).toContain("  OHTTP_ENABLED: ignored: ");
    expect(text).toContain("  VLLM_PROXY_TIMEOUT: not a known variable. Did you mean VLLM_PROXY_TIMEOUT_SECS?");
  });

  it("has no warnings where there are none", () => {
    expect(formatExplanation(explainConfig(load()))).not.toContain("Warnings");
    expect(formatExplanation(explainConfig(load()))).toMatch(/^tokens +none +default$/m);
  });
});

describe("help", () => {
  it.each([40, 72, 100])("keeps to %i columns, long words aside", (columns) => {
    for (const line of configHelp(columns).split("\n")) {
      if (line.trim().includes(" ") && !line.startsWith("  --")) expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  it("shows flag, value, meaning, variables and default", () => {
    expect(configHelp()).toContain(
      `
  --timeouts-total <duration>
      One whole exchange with an engine, stream included.
      Variables: COUNTERSIGN_TIMEOUTS_TOTAL, VLLM_PROXY_TIMEOUT_SECS
      Default: 1h
`,
    );
    expect(configHelp()).toContain("--tokens-file <path>");
    expect(configHelp()).not.toContain("--tokens <");
  });
});
