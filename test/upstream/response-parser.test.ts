import { describe, expect, test } from "vitest";
import { ResponseParser } from "../../src/upstream/response-parser.ts";
import { parse } from "./parse.ts";
import { refusedResponses } from "./refused-responses.ts";
import { validResponses } from "./valid-responses.ts";

function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function withoutReusable(parsed: ReturnType<typeof parse>): object {
  return { ...parsed, reusable: undefined };
}

const head = "HTTP/1.1 200 OK\r\n";
const length = `${head}Content-Length: 2\r\n`;
const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;

describe("valid responses", () => {
  test.each(validResponses)("$name", ({ text, method, status, body, reusable }) => {
    const parsed = parse(bytes(text), [], { method });
    expect(parsed).toMatchObject({ outcome: "complete", status, body, reusable });
  });

  test("fields keep their order and case and lose the white space around values", () => {
    const response = validResponses.find(({ name }) => name.startsWith("white space"));
    expect(parse(bytes(response?.text ?? "")).fields).toEqual([
      ["A", "x"],
      ["Empty", ""],
      ["Blank", ""],
      ["A", "y\tz"],
      ["L", "\xe9\xff"],
      ["!#$%&'*+-.^_`|~09AZaz", "t"],
      ["Content-Length", "1"],
    ]);
  });
});

describe("what is refused as malformed", () => {
  test.each(refusedResponses)("%s", (_name, text, reason) => {
    const parsed = parse(bytes(text));
    expect(parsed.outcome).toBe("malformed");
    expect(parsed.reason).toMatch(reason);
  });

  test("data before the fault is delivered, whatever follows is not", () => {
    expect(parse(bytes(`${chunked}2\r\nok\r\nx\r\n`))).toMatchObject({ status: 200, body: "ok", outcome: "malformed" });
  });
});

describe("limits, on both sides", () => {
  test.each([
    ["a head of exactly the limit", `${length}\r\n`.length, "complete"],
    ["one byte over", `${length}\r\n`.length - 1, "too_large"],
  ])("%s", (_name, maxHeadBytes, outcome) => {
    expect(parse(bytes(`${length}\r\nok`), [], { maxHeadBytes }).outcome).toBe(outcome);
  });

  test.each([
    ["a trailer section of exactly the limit", 0, "complete"],
    ["one byte over", 1, "too_large"],
  ])("%s", (_name, more, outcome) => {
    const maxHeadBytes = chunked.length;
    const trailers = `A: ${"b".repeat(maxHeadBytes - 7 + more)}\r\n\r\n`;
    expect(trailers.length).toBe(maxHeadBytes + more);
    expect(parse(bytes(`${chunked}0\r\n${trailers}`), [], { maxHeadBytes }).outcome).toBe(outcome);
  });

  test("a head without an end is too large, not waited for", () => {
    expect(parse(bytes(`${head}A: ${"b".repeat(70_000)}`)).outcome).toBe("too_large");
  });

  test.each([
    ["128 fields", `${head}${"a: b\r\n".repeat(127)}Content-Length: 0\r\n\r\n`],
    ["16 interim responses", `${"HTTP/1.1 100 Continue\r\n\r\n".repeat(16)}${length}\r\nok`],
    ["an extension of 255 bytes", `${chunked}2;${"a".repeat(253)}\r\nok\r\n0\r\n\r\n`],
    ["extensions of 16 KiB in all", `${chunked}${`1;${"a".repeat(199)}\r\nx\r\n`.repeat(81)}0\r\n\r\n`],
    ["a chunk size of 256 digits", `${chunked}${"0".repeat(255)}1\r\nx\r\n0\r\n\r\n`],
  ])("%s are accepted", (_name, text) => {
    expect(parse(bytes(text)).outcome).toBe("complete");
  });

  test("sizes of 2^53 - 1 are accepted", () => {
    expect(parse(bytes(`${head}Content-Length: 9007199254740991\r\n\r\nx`))).toMatchObject({
      body: "x",
      outcome: "cut",
    });
    expect(parse(bytes(`${chunked}1fffffffffffff\r\nx`))).toMatchObject({ body: "x", outcome: "cut" });
  });
});

describe("what the parser reports does not depend on where reads cut the stream", () => {
  const cases: [string, string, string][] = [
    ...validResponses.map(({ name, text, method }): [string, string, string] => [name, text, method]),
    ...refusedResponses.map(([name, text]): [string, string, string] => [name, text, "GET"]),
  ];
  test.each(cases)("%s", (_name, text, method) => {
    const response = bytes(text);
    const whole = withoutReusable(parse(response, [], { method }));
    const single = Array.from(response, () => 1);
    expect(withoutReusable(parse(response, single, { method }))).toEqual(whole);
    // Long repetitive cases are cut at every offset of their ends only.
    for (let cut = 1; cut < response.length; cut++) {
      if (cut > 400 && cut < response.length - 400) continue;
      expect(withoutReusable(parse(response, [cut], { method }))).toEqual(whole);
    }
  });

  test("a response cut off anywhere never completes, unless the close is its end", () => {
    for (const { text, method, endsWithClose } of validResponses) {
      const response = bytes(text);
      const headEnd = text.lastIndexOf("\r\n\r\n") + 4;
      for (let cut = 0; cut < response.length; cut++) {
        const expected = endsWithClose === true && cut >= headEnd ? "complete" : "cut";
        expect(parse(response.subarray(0, cut), [], { method }).outcome).toBe(expected);
      }
    }
  });
});

test("bytes after the end of a response forbid reuse and change nothing else", () => {
  for (const { text, method, body, endsWithClose } of validResponses) {
    if (endsWithClose === true) continue;
    const parsed = parse(bytes(`${text}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother`), [], { method });
    expect(parsed).toMatchObject({ outcome: "complete", body, reusable: false });
  }
});

test.each([
  ["onHead", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
  ["onHead", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"],
  ["onHead", `${chunked}2\r\nok\r\n0\r\n\r\n`],
  ["onHead", "HTTP/1.1 200 OK\r\n\r\nok"],
  ["onBody", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"],
  ["onBody", `${chunked}2\r\nok\r\n0\r\n\r\n`],
  ["onBody", `${chunked}2\r\nok\r\nx`],
])("stop() inside %s silences the parser", (method, text) => {
  const reports: string[] = [];
  const report = (name: string) => () => {
    reports.push(name);
    if (name === method) parser.stop();
  };
  const parser = new ResponseParser(
    {
      onHead: report("onHead"),
      onBody: report("onBody"),
      onComplete: report("onComplete"),
      onFault: report("onFault"),
    },
    65_536,
    true,
  );
  parser.begin("GET");
  parser.feed(bytes(text), text.length);
  parser.feed(bytes(text), text.length);
  expect(reports).toEqual(method === "onHead" ? ["onHead"] : ["onHead", "onBody"]);
  expect(parser.finish()).toBe(false);
});
