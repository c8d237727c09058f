import { expect, test } from "vitest";
import { UpstreamHeaders } from "../../src/upstream/index.ts";

function headers(fields: [string, string][]): UpstreamHeaders {
  let text = "";
  const offsets: number[] = [];
  for (const [name, value] of fields) {
    const start = text.length;
    text += `${name}: ${value}\r\n`;
    offsets.push(start, start + name.length, start + name.length + 2, text.length - 2);
  }
  return new UpstreamHeaders(text, offsets);
}

const sample = headers([
  ["Content-Type", "text/event-stream"],
  ["Via", "1.1 a"],
  ["Set-Cookie", "a=1, x"],
  ["VIA", "1.1 b"],
  ["set-cookie", "b=2"],
  ["X-Empty", ""],
]);

test("get ignores case and tells an empty field from an absent one", () => {
  expect(sample.get("content-type")).toBe("text/event-stream");
  expect(sample.get("CONTENT-TYPE")).toBe("text/event-stream");
  expect(sample.get("x-empty")).toBe("");
  expect(sample.get("content-typ")).toBeUndefined();
  expect(sample.get("")).toBeUndefined();
});

test("get joins repeated fields, but gives the first Set-Cookie", () => {
  expect(sample.get("via")).toBe("1.1 a, 1.1 b");
  expect(sample.get("Set-Cookie")).toBe("a=1, x");
});

test("getAll gives every value, entries every field, in order", () => {
  expect(sample.getAll("set-cookie")).toEqual(["a=1, x", "b=2"]);
  expect(sample.getAll("absent")).toEqual([]);
  expect(sample.entries().map(([name]) => name)).toEqual([
    "Content-Type",
    "Via",
    "Set-Cookie",
    "VIA",
    "set-cookie",
    "X-Empty",
  ]);
  expect(sample.entries()[3]).toEqual(["VIA", "1.1 b"]);
});
