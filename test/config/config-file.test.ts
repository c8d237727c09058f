import { describe, expect, it } from "vitest";
import { development, failure, load, loadFile, outline } from "./load.ts";

const fails = (text: string) => failure(() => loadFile(text));

describe("countersign.yaml", () => {
  it("covers every section", () => {
    const text = `
# A comment.
mode: development
listen: { host: "127.0.0.1", port: 9001 }
tls:
  port: 9443
  certPath: cert.pem
  keyPath: key.pem
model:
  name: "0123"
engines: [http://a:1, "http://b:2/base"]
tokens:
  - one
  - two
access: { publicModels: false, publicMetrics: false }
limits: { jsonBody: 2048, concurrentStreams: 8 }
timeouts: { total: 2h, drain: 0s }
pool: { maxIdleSockets: 0 }
signatures: { text: request-response }
stream: { checkpointChunks: 32 }
log: { level: off, format: json }
`;
    const config = loadFile(text, {});
    expect(config).toMatchObject({
      mode: "development",
      listen: { host: "127.0.0.1", port: 9001 },
      tls: { port: 9443, certPath: "cert.pem", keyPath: "key.pem" },
      model: { name: "0123" },
      tokens: ["one", "two"],
      access: { publicModels: false, publicMetrics: false },
      limits: { jsonBodyBytes: 2048, concurrentStreams: 8, responseBytes: 67_108_864 },
      timeouts: { totalMs: 7_200_000, drainMs: 0 },
      pool: { maxIdleSockets: 0 },
      signatures: { text: "request-response" },
      stream: { checkpointChunks: 32 },
      log: { level: "silent", format: "json" },
    });
    expect(config.engines.map(({ url }) => url.href)).toEqual(["http://a:1/", "http://b:2/base"]);
  });

  it.each(["", "# nothing\n", "limits:\n  # nothing\n", "\uFEFFlog:\n  level: info\n"])("accepts %j", (text) => {
    expect(loadFile(text).log.level).toBe("info");
  });

  it.each([
    ["limit:\n  jsonBody: 1\n", "limit", "limits"],
    ["limits:\n  jsonbody: 1\n", "limits.jsonbody", "limits.jsonBody"],
    ["limits:\n  jsonBodyBytes: 1\n", "limits.jsonBodyBytes", "limits.jsonBody"],
    ["timeouts:\n  conect: 1s\n", "timeouts.conect", "timeouts.connect"],
    ["level: info\n", "level", "log.level"],
    ["token: [a]\n", "token", "tokens"],
  ])("refuses an unknown key with a suggestion: %j", (text, key, suggestion) => {
    const error = fails(text);
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]).toMatchObject({ code: "unknown_key", key });
    expect(error.message).toContain(`Did you mean ${suggestion}?`);
  });

  it("suggests nothing that is far away", () => {
    const error = fails("zzzzzzzz: 1\n");
    expect(outline(error)).toEqual(["unknown_key zzzzzzzz c.yaml:1"]);
    expect(error.message).not.toContain("Did you mean");
  });

  it.each([
    ["log:\n  level: info\n  level: debug\n", 3],
    ["log:\n  level: info\nlog:\n  format: json\n", 3],
  ])("refuses a key given twice: %j", (text, line) => {
    expect(outline(fails(text))).toEqual([`duplicate config c.yaml:${line}`]);
  });

  it.each([
    ["log: &x\n  level: info\n", "an anchor"],
    ["log:\n  level: &x info\n", "an anchor on a value"],
    ["log: *x\n", "an alias"],
    ["tokens: *x\n", "an alias for a list"],
    ["%MINE x\n---\nlog:\n  level: info\n", "a directive"],
    ["&x log:\n  level: info\n", "an anchor on a key"],
    ["log:\n  level: !!str info\n", "a tag"],
    ["log: !!map\n  level: info\n", "a tag on a mapping"],
    ["log:\n  level: !mine info\n", "an unknown tag"],
    ["log:\n  level: info\n---\nlog:\n  level: info\n", "a second document"],
    ["log:\n\tlevel: info\n", "a tab"],
    ["tokens: [a\n", "an open bracket"],
    ["- a\n- b\n", "a list"],
    ["just text\n", "text"],
  ])("refuses %j: %s", (text) => {
    const error = fails(text);
    expect(new Set(error.problems.map(({ code }) => code))).toEqual(new Set(["file_syntax"]));
  });

  it.each([
    ["log: info\n", "invalid_value log"],
    ["log: [info]\n", "invalid_value log"],
    ["log:\n  level:\n", "missing_value log.level"],
    ["log:\n  level: [info]\n", "invalid_value log.level"],
    ["log:\n  level: {a: b}\n", "invalid_value log.level"],
    ["tokens: [a, [b]]\n", "invalid_value tokens"],
    ["tokens: [a, &x b]\n", "invalid_value tokens"],
    ["engines: http://a\n", "invalid_value engines"],
    ["limits.jsonBody: 1\n", "unknown_key limits.jsonBody"],
    ["? [a]\n: 1\n", "unknown_key"],
    ["<<: {a: 1}\n", "unknown_key"],
    ["limits:\n  connections: 0\n", "out_of_range limits.connections"],
    ["tokensFile: [a]\n", "invalid_value tokens"],
  ])("refuses %j: %s", (text, expected) => {
    const problems = outline(fails(text));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it("reports every problem, with its line, at once", () => {
    const text = "log:\n  level: loud\n  colour: red\nlimits:\n  connections: -1\ntimeouts:\n  idle: 5\n";
    const error = fails(text);
    expect(outline(error)).toEqual([
      "invalid_value log.level c.yaml:2",
      "unknown_key log.colour c.yaml:3",
      "out_of_range limits.connections c.yaml:5",
      "invalid_value timeouts.idle c.yaml:7",
    ]);
    expect(error.message).toBe(
      [
        "The configuration has 4 problems:",
        '  log.level: "loud" is none of the choices. Accepted: one of trace, debug, info, warn, error, silent. [c.yaml:2]',
        "  log.colour: there is no such key. [c.yaml:3]",
        '  limits.connections: "-1" is below the minimum. Accepted: a whole number from 1 to 1000000. [c.yaml:5]',
        '  timeouts.idle: "5" has no unit. Accepted: a duration from 1ms to 24d, such as 500ms, 5s, 10m or 1h. [c.yaml:7]',
      ].join("\n"),
    );
  });

  it("draws no conclusions from a file it could not read", () => {
    const error = failure(() => loadFile("mode: development\nlog: [\n", { MODEL_NAME: "m" }));
    expect(new Set(error.problems.map(({ code }) => code))).toEqual(new Set(["file_syntax"]));
  });

  it.each([
    [{}, "does not exist"],
    [{ "c.yaml": new Uint8Array([0xff, 0xfe]) }, "is not UTF-8"],
    [{ "c.yaml": "#".repeat(32 * 1024 + 1) }, "is larger than 32768 bytes"],
  ])("refuses a file that cannot be used: %o", (files, reason) => {
    const error = failure(() => load({ env: { ...development, COUNTERSIGN_CONFIG: "c.yaml" }, files }));
    expect(outline(error)).toEqual(["file_unreadable config COUNTERSIGN_CONFIG"]);
    expect(error.message).toContain(`configuration file "c.yaml" ${reason}`);
  });

  it("takes a file of just the largest size", () => {
    expect(loadFile("#".repeat(32 * 1024)).log.level).toBe("info");
  });

  it("survives the deepest nesting that fits", () => {
    expect(fails("[".repeat(32 * 1024)).code).toBe("file_syntax");
    expect(fails(`tokens: ${"[".repeat(8000)}${"]".repeat(8000)}`).code).toMatch(/invalid_value|file_syntax/);
    expect(fails("{a: ".repeat(5000) + "}".repeat(5000)).code).toMatch(/unknown_key|file_syntax/);
  });
});
