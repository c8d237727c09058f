import { describe, expect, it } from "vitest";
import type { SettingPath } from "../../src/config/index.ts";
import { settingNames } from "../../src/config/setting.ts";
import { settingEntries } from "../../src/config/settings.ts";
import { failure, load, loadDevelopment, outline } from "./load.ts";

const fails = (...argv: string[]) => failure(() => loadDevelopment({}, argv));

describe("flags", () => {
  it("are read in both forms", () => {
    const config = loadDevelopment({}, ["--listen-port", "1", "--tls-port=2", "--engines=http://a:1,http://b:2"]);
    expect(config).toMatchObject({ listen: { port: 1 }, tls: { port: 2 } });
    expect(config.engines.map(({ url }) => url.host)).toEqual(["a:1", "b:2"]);
  });

  it("exist for every setting that is not secret", () => {
    for (const { path, setting } of settingEntries) {
      if (setting.kind.secret) continue;
      const { flag } = settingNames(path);
      expect(
        outline(fails(`${flag}=`)).map((line) => line.split(" ").at(-1)),
        flag,
      ).toEqual([flag]);
    }
  });

  it("may stand alone for yes", () => {
    const argv = ["--access-public-models=no", "--access-public-metrics", "--listen-port", "1"];
    expect(loadDevelopment({ COUNTERSIGN_ACCESS_PUBLIC_METRICS: "0" }, argv)).toMatchObject({
      access: { publicModels: false, publicMetrics: true },
      listen: { port: 1 },
    });
  });

  it("split at the first equals sign", () => {
    expect(loadDevelopment({}, ["--model-name=a=b"]).model.name).toBe("a=b");
    expect(loadDevelopment({}, ["--model-name=--x"]).model.name).toBe("--x");
  });

  it("select the demo like any other source", () => {
    expect(load({ argv: ["--mode", "demo", "--model-name", "mine"] })).toMatchObject({
      mode: "demo",
      model: { name: "mine" },
    });
  });

  it("are refused with a suggestion when unknown", () => {
    const error = fails("--listen-prot", "1");
    expect(outline(error)).toEqual(["unknown_key --listen-prot"]);
    expect(error.message).toContain("Did you mean --listen-port?");
    expect(fails("--token-file", "x").message).toContain("Did you mean --tokens-file?");
  });

  it("are refused when given twice, in either form", () => {
    expect(outline(fails("--listen-port", "1", "--listen-port=1"))).toEqual(["duplicate --listen-port"]);
    expect(outline(fails("--config=", "--config="))).toContain("duplicate --config");
  });

  it.each([
    [["--listen-port"], "missing_value listen.port --listen-port"],
    [["--listen-port", "--access-public-models"], "missing_value listen.port --listen-port"],
    [["--config"], "missing_value --config"],
    [["--config="], "missing_value --config"],
    [["--tokens-file"], "missing_value tokens --tokens-file"],
    [["--listen-port="], "invalid_value listen.port --listen-port"],
    [["--listen-port=http"], "invalid_value listen.port --listen-port"],
    [["--log-level", "info", "--"], "unknown_key --"],
  ])("%o is refused", (argv, expected) => {
    expect(outline(fails(...argv))).toEqual([expected]);
  });

  it("do not take stray arguments, and do not repeat them", () => {
    const error = fails("--listen-port", "1", "hunter2", "-x");
    expect(outline(error)).toEqual(["unknown_key argument 3", "unknown_key argument 4"]);
    expect(error.message).not.toContain("hunter2");
  });

  it("never take a secret", () => {
    const error = fails("--tokens", "hunter2");
    expect(outline(error)).toEqual(["secret_exposed tokens --tokens"]);
    expect(error.message).toContain("--tokens-file");
    expect(error.message).not.toContain("hunter2");
  });
});

describe("names", () => {
  it.each([
    ["listen.port", "listen.port", "--listen-port", "COUNTERSIGN_LISTEN_PORT"],
    ["tokens", "tokens", "--tokens", "COUNTERSIGN_TOKENS"],
    ["limits.jsonBodyBytes", "limits.jsonBody", "--limits-json-body", "COUNTERSIGN_LIMITS_JSON_BODY"],
    ["timeouts.firstByteMs", "timeouts.firstByte", "--timeouts-first-byte", "COUNTERSIGN_TIMEOUTS_FIRST_BYTE"],
  ] as const satisfies readonly (readonly [SettingPath, string, string, string])[])(
    "of %s",
    (path, key, flag, variable) => {
      expect(settingNames(path)).toEqual({ key, flag, variable });
    },
  );

  it("are unique", () => {
    for (const which of ["key", "flag", "variable"] as const) {
      const names = settingEntries.map(({ path }) => settingNames(path)[which]);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
