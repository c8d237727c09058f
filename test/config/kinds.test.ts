import { describe, expect, it } from "vitest";
import type { Kind } from "../../src/config/kind.ts";
import {
  boolean,
  byteSize,
  choice,
  duration,
  engineList,
  host,
  integer,
  logLevel,
  modelName,
  optionalPath,
  optionalPort,
  readEngine,
  readLogDirectives,
  tokenList,
} from "../../src/config/kinds/index.ts";

const invalid = Symbol("invalid");
const range = Symbol("range");

/** The value, or which way it was refused. */
function outcome(parsed: ReturnType<Kind<unknown>["fromText"]>): unknown {
  if ("value" in parsed) return parsed.value;
  if ("reset" in parsed) return "reset";
  return parsed.fault.code === "out_of_range" ? range : invalid;
}

interface Cases {
  readonly kind: Kind<unknown>;
  readonly text: readonly (readonly [string, unknown])[];
  readonly yaml: readonly (readonly [unknown, unknown])[];
}

const table: Readonly<Record<string, Cases>> = {
  integer: {
    kind: integer({ min: 1, max: 100 }),
    text: [
      ["1", 1],
      ["100", 100],
      ["007", 7],
      ["0", range],
      ["101", range],
      ["-1", invalid],
      ["+1", invalid],
      ["1.0", invalid],
      ["1e1", invalid],
      ["0x10", invalid],
      [" 1", invalid],
      ["", invalid],
      ["9".repeat(17), invalid],
    ],
    yaml: [
      [1, 1],
      [101, range],
      [1.5, invalid],
      ["1", invalid],
      [true, invalid],
      [Number.NaN, invalid],
      [[1], invalid],
    ],
  },
  port: {
    kind: optionalPort,
    text: [
      ["0", 0],
      ["65535", 65535],
      ["OFF", undefined],
      ["65536", range],
      ["http", invalid],
    ],
    yaml: [
      [8000, 8000],
      ["off", undefined],
      [false, invalid],
      ["8000", invalid],
    ],
  },
  duration: {
    kind: duration({ min: 10, max: 3_600_000 }),
    text: [
      ["10ms", 10],
      ["1500ms", 1500],
      ["5s", 5000],
      ["5 s", 5000],
      ["2m", 120_000],
      ["1h", 3_600_000],
      ["9ms", range],
      ["61m", range],
      ["1d", range],
      ["5", invalid],
      ["5S", invalid],
      ["1.5s", invalid],
      ["-5s", invalid],
      ["1h30m", invalid],
      ["5 parsecs", invalid],
      ["", invalid],
    ],
    yaml: [
      ["5s", 5000],
      [5, invalid],
      [null, invalid],
    ],
  },
  size: {
    kind: byteSize({ min: 1, max: 1024 ** 3 }),
    text: [
      ["1", 1],
      ["10485760", 10_485_760],
      ["10MiB", 10_485_760],
      ["10 mib", 10_485_760],
      ["10MB", 10_000_000],
      ["64KiB", 65_536],
      ["64kB", 64_000],
      ["1GiB", 1_073_741_824],
      ["1GB", 1_000_000_000],
      ["7B", 7],
      ["0", range],
      ["2GiB", range],
      ["999999999999GiB", range],
      ["1TiB", invalid],
      ["1.5MiB", invalid],
      ["MiB", invalid],
      ["1K", invalid],
    ],
    yaml: [
      [65_536, 65_536],
      ["64KiB", 65_536],
      [1.5, invalid],
      [0, range],
      [true, invalid],
    ],
  },
  boolean: {
    kind: boolean,
    text: [
      ["1", true],
      ["TRUE", true],
      ["Yes", true],
      ["on", true],
      ["0", false],
      ["False", false],
      ["NO", false],
      ["off", false],
      ["2", invalid],
      ["y", invalid],
      [" 1", invalid],
    ],
    yaml: [
      [true, true],
      [false, false],
      ["yes", invalid],
      [1, invalid],
    ],
  },
  choice: {
    kind: choice(["red", "green"], { rouge: "red" }),
    text: [
      ["red", "red"],
      ["GREEN", "green"],
      ["rouge", "red"],
      ["blue", invalid],
      ["constructor", invalid],
      ["", invalid],
    ],
    yaml: [
      ["green", "green"],
      [1, invalid],
      [["red"], invalid],
    ],
  },
  "log level": {
    kind: logLevel,
    text: [
      ["INFO", "info"],
      ["warning", "warn"],
      ["off", "silent"],
      ["loud", invalid],
    ],
    yaml: [["debug", "debug"]],
  },
  "model name": {
    kind: modelName,
    text: [
      ["meta/llama:3", "meta/llama:3"],
      ["a b", "a b"],
      ["é".repeat(128), "é".repeat(128)],
      ["é".repeat(128).concat("a"), invalid],
      ["a".repeat(257), invalid],
      ["", invalid],
      [" m", invalid],
      ["m\n", invalid],
      ["a\nb", invalid],
      ["a\u0000b", invalid],
      ["a\u007fb", invalid],
      ["a\u0085b", invalid],
      ["a\ud800b", invalid],
      ["countersign.", invalid],
      ["countersign.stream.v1", invalid],
      ["countersign", "countersign"],
      ["my-countersign.x", "my-countersign.x"],
    ],
    yaml: [
      ["m", "m"],
      [7, invalid],
      [true, invalid],
    ],
  },
  host: {
    kind: host,
    text: [
      ["0.0.0.0", "0.0.0.0"],
      ["::", "::"],
      ["fe80::1", "fe80::1"],
      ["localhost", "localhost"],
      ["gateway-1.internal", "gateway-1.internal"],
      ["[::1]", invalid],
      ["1.2.3", invalid],
      ["1.2.3.256", invalid],
      ["http://x", invalid],
      ["a..b", invalid],
      ["-a", invalid],
      ["a b", invalid],
      ["", invalid],
      [`${"a.".repeat(127)}`, invalid],
    ],
    yaml: [["::1", "::1"]],
  },
  path: {
    kind: optionalPath,
    text: [
      ["certs/tls.pem", "certs/tls.pem"],
      ["", invalid],
      ["a\0b", invalid],
      ["a".repeat(4097), invalid],
    ],
    yaml: [
      ["/x", "/x"],
      [null, invalid],
    ],
  },
  tokens: {
    kind: tokenList,
    text: [
      ["t", ["t"]],
      [" a , b ,,", ["a", "b"]],
      ["sk-!~/+=", ["sk-!~/+="]],
      ["", invalid],
      [" , ,", invalid],
      ["a b", invalid],
      ["a\tb", invalid],
      ["a\nb", invalid],
      ["é", invalid],
      ["a".repeat(512), ["a".repeat(512)]],
      ["a".repeat(513), invalid],
      [Array(1025).fill("t").join(), invalid],
    ],
    yaml: [
      [
        ["a", "b"],
        ["a", "b"],
      ],
      ["a", invalid],
      [[], invalid],
      [["a", ""], invalid],
      [["a,b"], invalid],
      [["a", 1], invalid],
      [["a", Symbol("nested")], invalid],
    ],
  },
};

describe.each(Object.entries(table))("%s", (_, { kind, text, yaml }) => {
  it.each(text)("reads the text %j", (written, expected) => {
    expect(outcome(kind.fromText(written))).toEqual(expected);
  });

  it.each(yaml)("reads the YAML value %o", (written, expected) => {
    expect(outcome(kind.fromYaml(written))).toEqual(expected);
  });
});

describe("what is shown", () => {
  it.each([
    [duration({ min: 0, max: 1e9 }), [0, 1500, 2000, 90_000, 120_000, 3_600_000, 86_400_000]],
    [byteSize({ min: 0, max: 2 ** 40 }), [0, 1023, 1024, 1536, 10 * 1024 ** 2, 1024 ** 3, 1_000_000]],
    [optionalPort, [0, 8000, undefined]],
    [boolean, [true, false]],
    [integer({ min: 0, max: 9 }), [3]],
  ] as readonly [Kind<unknown>, readonly unknown[]][])("%o reads back as it was", (kind, values) => {
    for (const value of values) expect(kind.fromText(kind.show(value))).toEqual({ value });
  });

  it("uses the largest unit that divides", () => {
    expect(duration({ min: 0, max: 1e9 }).show(90_000)).toBe("90s");
    expect(byteSize({ min: 0, max: 1e9 }).show(10 * 1024 ** 2)).toBe("10MiB");
  });
});

describe("engine URLs", () => {
  const hrefs = (text: string) => {
    const parsed = engineList.fromText(text);
    return "value" in parsed ? parsed.value.map(({ url }) => url.href) : parsed;
  };

  it("reads a list", () => {
    expect(hrefs("http://127.0.0.1:9000, https://[::1]/base/ ,")).toEqual([
      "http://127.0.0.1:9000/",
      "https://[::1]/base/",
    ]);
    expect(engineList.fromYaml(["http://a:1"])).toMatchObject({ value: [{ url: { href: "http://a:1/" } }] });
  });

  it.each([
    ["", "is an empty list"],
    ["ftp://a", "is neither http nor https"],
    ["unix:/run/x", "is neither http nor https"],
    ["a:9000", "is neither http nor https"],
    ["//a", "is not a URL"],
    ["http:a", "has no // and host"],
    ["http:\\\\a", "has no // and host"],
    ["http://u@a", "holds credentials"],
    ["http://u:p@a", "holds credentials"],
    ["http://@a", "holds an @"],
    ["http://a?", "has a query"],
    ["http://a/?x=1", "has a query"],
    ["http://a#", "has a fragment"],
    ["http://a:70000", "is not a URL"],
    [`http://a/${"x".repeat(2048)}`, "is longer than 2048 characters"],
    [Array(65).fill("http://a").join(), "has more than 64 entries"],
  ])("refuses %j", (text, reason) => {
    expect(engineList.fromText(text)).toMatchObject({
      fault: { code: "invalid_value", reason: expect.stringContaining(reason) },
    });
  });

  it("says which entry is wrong", () => {
    expect(engineList.fromText("http://a,ftp://b")).toMatchObject({
      fault: { reason: "has a bad entry 2 of 2: it is neither http nor https" },
    });
  });

  it("takes one URL alone where one is meant", () => {
    expect(readEngine("http://a")).toMatchObject({ value: [{ url: { host: "a" } }] });
    expect(readEngine("http://a,http://b")).toHaveProperty("fault");
  });
});

describe("RUST_LOG", () => {
  it.each([
    ["debug", "debug"],
    ["info,hyper=warn", "info"],
    ["hyper=warn, WARN", "warn"],
    ["hyper=warn", invalid],
    ["info,debug", invalid],
    ["loud", invalid],
  ])("reads %j", (text, expected) => {
    expect(outcome(readLogDirectives(text))).toBe(expected);
  });
});
