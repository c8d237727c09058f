import { describe, expect, it } from "vitest";
import { MAX_DEPTH, type ScanResult, scanObject } from "../../src/json/index.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { randomDocument, withMutation } from "./documents.ts";

const WANTED = ["model", "stream", "id", "usage"];

function scan(text: string, wanted: readonly string[] = WANTED): ScanResult {
  return scanObject(Buffer.from(text), wanted);
}

/** The text of a wanted member's value, or undefined. */
function valueText(text: string, name: string): string | undefined {
  const body = Buffer.from(text);
  const result = scanObject(body, [name]);
  if (!result.ok) throw new Error(`refused: ${result.fault} at ${result.offset}`);
  const span = result.members.get(name);
  return span === undefined ? undefined : body.toString("utf8", span.start, span.end);
}

/** Deepest nesting of brackets outside strings. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === "[" || token === "{") deepest = Math.max(deepest, ++depth);
    else if (token === "]" || token === "}") depth--;
  }
  return deepest;
}

/** The names and value texts of the top-level members, taken apart with JSON.parse alone. */
function topLevelMembers(text: string): [string, string][] {
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g)];
  const members: [string, string][] = [];
  let depth = 0;
  let name: string | undefined;
  let start = -1;
  for (const match of tokens) {
    const [token] = match;
    const closes = token === "}" || token === "]";
    if (depth === 1 && name !== undefined && start >= 0 && (token === "," || token === "}")) {
      members.push([name, text.slice(start, match.index).trimEnd()]);
      name = undefined;
      start = -1;
    } else if (depth === 1 && name === undefined && token.startsWith('"')) {
      name = JSON.parse(token) as string;
    } else if (depth === 1 && name !== undefined && start < 0 && token !== ":") {
      start = match.index;
    }
    if (token === "{" || token === "[") depth++;
    else if (closes) depth--;
  }
  return members;
}

/** Compares with JSON.parse, and spans with a scan of tokens. */
function compare(text: string): "accepted" | "refused" {
  const result = scan(text);
  let parsed: unknown;
  let valid = true;
  try {
    parsed = JSON.parse(text);
  } catch {
    valid = false;
  }
  const isObject = valid && typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  const members = isObject ? topLevelMembers(text) : [];
  const wanted = members.filter(([name]) => WANTED.includes(name));
  const duplicate = new Set(wanted.map(([name]) => name)).size !== wanted.length;
  const expected = isObject && !duplicate && depthOf(text) <= MAX_DEPTH;
  if (result.ok !== expected) throw new Error(`disagrees with JSON.parse (${String(valid)}): ${JSON.stringify(text)}`);
  if (!result.ok) return "refused";
  const body = Buffer.from(text);
  const found = [...result.members].map(([name, { start, end }]) => [name, body.toString("utf8", start, end)]);
  // Compared as text: a matcher per document would take most of the time.
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`other members: ${JSON.stringify(text)}`);
  return "accepted";
}

describe("scanObject against JSON.parse", () => {
  it("accepts and refuses the same of 12 000 valid and mutated documents, and finds the same members", () => {
    const random = seededRandom(20_261_121);
    const counts = { accepted: 0, refused: 0 };
    for (let round = 0; round < 4000; round++) {
      const document = randomDocument(random);
      counts[compare(document)]++;
      counts[compare(withMutation(document, random))]++;
      counts[compare(withMutation(withMutation(document, random), random))]++;
    }
    // Both sides are well represented, or the comparison shows little.
    expect(counts.accepted).toBeGreaterThan(3000);
    expect(counts.refused).toBeGreaterThan(3000);
  });

  it("agrees on every body of up to four characters of the grammar", () => {
    const alphabet = ["{", "}", "[", "]", ",", ":", '"', "1", " ", "t"];
    const grow = (prefix: string, left: number): void => {
      if (prefix !== "") compare(prefix);
      if (left > 0) for (const next of alphabet) grow(prefix + next, left - 1);
    };
    grow("", 4);
  });

  it.each([
    ...["0", "-0", "1.0", "0.10", "1e-7", "1E+400", "123456789012345678901234567890", "-1.5e3"],
    ...["01", "-", "+1", ".5", "1.", "1e", "1e+", "1.e1", "0x1", "1_000", "NaN", "Infinity", "-Infinity", "--1"],
    ...["true", "false", "null", "True", "tru", "truee", "nul", "undefined"],
    ...['""', '"\\u0041"', '"\\ud800"', '"\\uDC00\\uD800"', '"\\u004"', '"\\u00g0"', '"\\x41"', '"\\', '"\\"', "'a'"],
    ...['"\u0000"', '"\u001f"', '"\t"', '"\n"', '"\u007f"', '"\u2028"', '"é✓😀"', '"\\/\\b\\f\\n\\r\\t\\\\\\""'],
  ])("agrees on the value %j, in an object, a list and at the end of a cut body", (value) => {
    compare(`{"model":${value}}`);
    compare(`{"a":[${value}],"model":${value} }`);
    compare(`{"a":[1,${value}`);
    compare(`{"a":${value}`);
    compare(`{${value}:1}`);
  });

  it.each([
    "{}{}",
    "{},",
    "{} x",
    "\ufeff{}",
    "\u00a0{}",
    "\v{}",
    "{}\0",
    '{"a":1,}',
    '{,"a":1}',
    '{"a" 1}',
    '{"a"::1}',
    "{a:1}",
    '{"a":}',
    '{"a"}',
    "[1,]",
    '{"a":[1,]}',
    '{"a":[,1]}',
    '{"a":[1 2]}',
    '{"a":[}',
    '{"a":{]}',
    '{"a":1}}',
    "//\n{}",
    '{"a":1/**/}',
    "",
    " ",
    "{",
  ])("agrees on %j", (body) => void compare(body));
});

describe("members", () => {
  it("span the value alone, whatever white space surrounds it", () => {
    expect(valueText('\r\n\t {"x":[], "model"\t:\n "a b" ,"y":{}} ', "model")).toBe('"a b"');
    expect(valueText('{"model":1.0}', "model")).toBe("1.0");
    expect(valueText('{"model": {"model":2} }', "model")).toBe('{"model":2}');
    expect(valueText('{"model":[ [] , {} ]}', "model")).toBe("[ [] , {} ]");
  });

  it("count in bytes, behind characters of several bytes", () => {
    expect(valueText('{"é✓😀":"é✓😀","model":"ü😀"}', "model")).toBe('"ü😀"');
  });

  it("are found by name however the name is escaped, at the top level only", () => {
    expect(valueText('{"\\u006dod\\u0065l":1}', "model")).toBe("1");
    expect(valueText('{"a":{"model":1},"b":[{"model":2}]}', "model")).toBeUndefined();
    expect(valueText('{"Model":1,"model ":2,"":3}', "model")).toBeUndefined();
    expect(valueText('{"__proto__":1}', "__proto__")).toBe("1");
  });

  it("that are wanted may not occur twice, in whatever spelling", () => {
    for (const body of [
      '{"model":"a","model":"a"}',
      '{"model":"a","\\u006dodel":"b"}',
      '{"model":{"model":1},"x":0,"model":[]}',
    ]) {
      expect(scan(body)).toMatchObject({ ok: false, fault: "duplicate", member: "model" });
    }
    expect(scan('{"model":1,"model":2}')).toMatchObject({ offset: 11 });
  });

  it("that are not wanted may occur twice: the body is passed on as it came (B01)", () => {
    expect(scan('{"a":1,"a":2,"model":{"stream":1,"stream":2}}').ok).toBe(true);
  });
});

describe("bodies that are no object", () => {
  it.each(["[1]", "3", '"x"', "null", "true", "-1.5", "[]", " [", "[[["])(
    "%j is told apart from a fault (H26)",
    (body) => {
      expect(scan(body)).toMatchObject({ ok: false, fault: "not_object" });
    },
  );

  it.each(["", "   ", "x", "nul", "-", '"open', "}", "\ufeff{}", "data: {}"])("%j is a fault of syntax", (body) => {
    expect(scan(body)).toMatchObject({ ok: false, fault: "syntax" });
  });

  it("say where the fault is", () => {
    expect(scan('{"a":tru}')).toMatchObject({ offset: 5 });
    expect(scan('{"a":1 "b":2}')).toMatchObject({ offset: 7 });
    expect(scan('{"a":"\\q"}')).toMatchObject({ offset: 6 });
    expect(scan('{"a":1')).toMatchObject({ offset: 6 });
    expect(scan("{} {}")).toMatchObject({ offset: 3 });
  });
});

describe("nesting", () => {
  const nested = (open: string, close: string, levels: number): string =>
    `{"a":${open.repeat(levels)}1${close.repeat(levels)}}`;

  it.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
    ["both", '[{"a":', "}]"],
  ])("of %s is accepted to the limit and no deeper", (_name, open, close) => {
    const step = open.startsWith("[{") ? 2 : 1;
    const most = Math.floor((MAX_DEPTH - 1) / step);
    expect(scan(nested(open, close, most)).ok).toBe(true);
    expect(scan(nested(open, close, most + 1))).toMatchObject({ ok: false, fault: "depth" });
  });

  it("a million levels deep is refused at the limit", () => {
    const result = scan(nested("[", "]", 1_000_000));
    expect(result).toMatchObject({ ok: false, fault: "depth", offset: 5 + MAX_DEPTH - 1 });
  });

  it("does not add up over siblings", () => {
    expect(scan(`{"a":[${"[],".repeat(1000)}{}]}`).ok).toBe(true);
  });
});

describe("the work", () => {
  /** How many bytes a scan reads: counting is exact where a clock is not. */
  function readsOf(text: string): number {
    const body = Buffer.from(text);
    let reads = 0;
    const counted = new Proxy(body, {
      get(target, property) {
        if (typeof property === "string" && /^\d+$/.test(property)) reads++;
        return Reflect.get(target, property, target) as unknown;
      },
    });
    scanObject(counted, WANTED);
    return reads;
  }

  it.each([
    ["white space", (size: number) => `{${" ".repeat(size)}}`],
    ["one string", (size: number) => `{"a":"${"x".repeat(size)}"}`],
    ["escapes", (size: number) => `{"a":"${"\\\\".repeat(size / 2)}"}`],
    ["digits", (size: number) => `{"a":${"1".repeat(size)}}`],
    ["members", (size: number) => `{${Array.from({ length: size / 8 }, (_, i) => `"${i}":0`).join(",")}}`],
    ["lists", (size: number) => `{"a":[${"[],".repeat(size / 3)}0]}`],
    ["a fault at the end", (size: number) => `{"a":"${"x".repeat(size)}`],
  ])("is linear in the length: %s", (_name, make) => {
    const small = make(2400);
    const large = make(24_000);
    const perByte = readsOf(large) / large.length;
    expect(perByte).toBeLessThan(8);
    expect(perByte).toBeLessThan((readsOf(small) / small.length) * 1.2);
  });
});
