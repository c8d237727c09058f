import { describe, expect, it } from "vitest";
import { CompletionWatch, MAX_LINE_BYTES } from "../../src/sse/index.ts";
import { feedReads } from "./streams.ts";

function watch(reads: readonly (string | Buffer)[]): CompletionWatch {
  const watched = new CompletionWatch();
  expect(
    feedReads(
      reads.map((read) => Buffer.from(read)),
      (chunk) => watched.feed(chunk),
    ),
  ).toBe(true);
  watched.end();
  return watched;
}

interface Seen {
  readonly responseId: string | undefined;
  readonly done: boolean;
  readonly failed: boolean;
  readonly completionTokens: number | undefined;
}

function seen(reads: readonly (string | Buffer)[]): Seen {
  const { responseId, done, failed, usage } = watch(reads);
  return { responseId, done, failed, completionTokens: usage?.completionTokens };
}

/** What is seen must not depend on where the network cuts: tries every cut, and every byte alone. */
function seenHowever(stream: string): Seen {
  const bytes = Buffer.from(stream);
  const whole = seen([bytes]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(seen([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
  }
  expect(seen(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toEqual(whole);
  return whole;
}

const chunk = (more: object): string => `data: ${JSON.stringify({ id: "chatcmpl-1", choices: [], ...more })}\n\n`;
const USAGE = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };

describe("a whole answer", () => {
  it("gives id, usage and the end, wherever it is cut (S18)", () => {
    const stream = `: ping\n\n${chunk({ choices: [{ delta: { content: "hé✓😀" } }], usage: null })}${chunk({ usage: USAGE })}data: [DONE]\n\n`;
    expect(seenHowever(stream)).toEqual({
      responseId: "chatcmpl-1",
      done: true,
      failed: false,
      completionTokens: 4,
    });
  });

  it("with CRLF, CR and a data line without a space", () => {
    const stream = `data:{"id":"x"}\r\n\r\ndata:{"usage":{"completion_tokens":7}}\r\rdata:[DONE]\r\n\r\n`;
    expect(seenHowever(stream)).toEqual({ responseId: "x", done: true, failed: false, completionTokens: 7 });
  });
});

describe("[DONE]", () => {
  it.each([
    "data: [DONE]\n\n",
    "data:[DONE]\n\n",
    "data: [DONE]\r\n\r\n",
    "data: [DONE]\r",
    "data: [DONE]",
    "data:[DONE]",
  ])("is seen in %j", (end) => {
    expect(seenHowever(`${chunk({})}${end}`).done).toBe(true);
  });

  it.each([
    "data: [DON",
    "data: [DONE",
    'data: "[DONE]"\n\n',
    "data: x[DONE]\n\n",
    ": data: [DONE]\n\n",
    "xdata: [DONE]\n\n",
    "dita: [DONE]\n\n",
    "event: [DONE]\n\n",
    "data:   [DONE]\n\n",
    'data: {"choices":[{"delta":{"content":"data: [DONE]\\n\\n"}}]}\n\n',
  ])("is not seen in %j", (end) => {
    expect(seenHowever(`${chunk({})}${end}`).done).toBe(false);
  });
});

describe("the id", () => {
  it("of the first event that has one is kept (S17)", () => {
    expect(seen([chunk({ id: "a" }), chunk({ id: "b" })]).responseId).toBe("a");
    expect(seen(["data: {}\n\n", 'data: {"id":""}\n\n', 'data: {"id":7}\n\n', chunk({ id: "d" })]).responseId).toBe(
      "d",
    );
  });

  it("is not searched for in every event of a stream that has none", () => {
    expect(seen([...Array<string>(4).fill("data: {}\n\n"), chunk({ id: "late" })]).responseId).toBeUndefined();
  });

  it("is not taken from comments, other fields or what is not an object", () => {
    expect(seen([': {"id":"a"}\n', 'id: {"id":"b"}\n', 'data: [{"id":"c"}]\n\n', "data: null\n\n"]).responseId).toBe(
      undefined,
    );
  });
});

describe("usage", () => {
  it("of the last event that carries it counts", () => {
    expect(seen([chunk({ usage: { completion_tokens: 1 } }), chunk({ usage: USAGE })]).completionTokens).toBe(4);
  });

  it("may be null or missing", () => {
    expect(watch([chunk({ usage: null }), chunk({})]).usage).toBeUndefined();
    expect(seen([chunk({ usage: USAGE }), chunk({ usage: null })]).completionTokens).toBe(4);
  });

  it("inside content is text", () => {
    const content = JSON.stringify({ usage: { completion_tokens: 99 } });
    expect(watch([chunk({ choices: [{ delta: { content } }] })]).usage).toBeUndefined();
  });
});

describe("an error", () => {
  it.each([
    ["of vLLM", 'data: {"error":{"message":"CUDA","type":"InternalServerError","code":500}}\n\n'],
    ["of vLLM, older", 'data: {"object":"error","message":"CUDA","code":500}\n\n'],
    ["with spaces", 'data: { "object" : "error" }\n\n'],
    ["as a text", 'data: {"error":"boom"}\n\n'],
    ["beside choices", `data: {"choices":[],"error":{"message":"boom"}}\n\n`],
    ["as an event", 'event: error\ndata: {"message":"boom"}\n\n'],
    ["as an event without a space", 'event:error\ndata: {"message":"boom"}\n\n'],
    ["as an event, with CRLF", 'event: error\r\ndata: {"message":"boom"}\r\n\r\n'],
    ["without a last line end", 'data: {"error":{"message":"boom"}}'],
  ])("%s is seen, late in the stream and wherever it is cut (S03, S04)", (_form, event) => {
    expect(seenHowever(`${chunk({}).repeat(5)}${event}`)).toMatchObject({ failed: true, done: false });
  });

  it.each([
    ["in content", chunk({ choices: [{ delta: { content: "error" } }] })],
    ["as a member in content", chunk({ choices: [{ delta: { content: '{"error":"boom","object":"error"}' } }] })],
    ["deeper down", chunk({ choices: [{ error: { message: "x" }, object: "error" }] })],
    ["that is null", chunk({ error: null })],
    ["in a comment", ': {"error":"boom"}\n\n'],
    ["in a list", 'data: [{"error":"boom"}]\n\n'],
    ["in a broken event", 'data: {"error":"boom"\n\n'],
    ["as part of an event's name", "event: errors\ndata: {}\n\n"],
    ["as another field", "error: event\nevents: error\n\n"],
  ])("%s is none", (_form, event) => {
    expect(seenHowever(`${chunk({}).repeat(5)}${event}data: [DONE]\n\n`)).toMatchObject({ failed: false, done: true });
  });
});

describe("the place in the stream", () => {
  it("is inside a line or an event until its blank line", () => {
    const watched = new CompletionWatch();
    const fed = (text: string): [boolean, boolean] => {
      watched.feed(Buffer.from(text));
      return [watched.midLine, watched.midEvent];
    };
    expect([watched.midLine, watched.midEvent]).toEqual([false, false]);
    expect(fed("data: {")).toEqual([true, true]);
    expect(fed("}\n")).toEqual([false, true]);
    expect(fed("\n")).toEqual([false, false]);
    expect(fed(": ping\r")).toEqual([false, true]);
    expect(fed("\n\r\n")).toEqual([false, false]);
    expect(fed("data: {}\r\n\r\n")).toEqual([false, false]);
  });
});

describe("reads of whole events, once the id is known", () => {
  const known = (): CompletionWatch => {
    const watched = new CompletionWatch();
    watched.feed(Buffer.from(chunk({})));
    expect(watched.responseId).toBe("chatcmpl-1");
    return watched;
  };

  it.each([
    ["usage", chunk({ usage: USAGE }), { usage: { completionTokens: 4 } }],
    ["an error", chunk({ error: "boom" }), { failed: true }],
    ["an error event", "event:error\ndata: {}\n\n", { failed: true }],
    ["the end", "data:[DONE]\n\n", { done: true }],
  ])("with %s in them are looked at", (_what, read, expected) => {
    const watched = known();
    watched.feed(Buffer.from(chunk({}) + read + chunk({})));
    expect(watched).toMatchObject(expected);
  });

  it("end the event that an earlier read began", () => {
    const watched = known();
    for (const beginning of ["data: {}\n", "data: {", "data: {}\r"]) {
      watched.feed(Buffer.from(beginning));
      expect(watched.midEvent).toBe(true);
      watched.feed(Buffer.from(`}\n${chunk({})}`));
      expect([watched.midEvent, watched.midLine]).toEqual([false, false]);
    }
  });

  it("do not hide what an earlier read began", () => {
    const watched = known();
    const error = chunk({ error: "boom" });
    const at = error.indexOf("rror");
    watched.feed(Buffer.from(error.slice(0, at)));
    watched.feed(Buffer.from(error.slice(at)));
    expect(watched.failed).toBe(true);
  });
});

describe("bounds", () => {
  it("refuse a line that does not end", () => {
    const watched = new CompletionWatch();
    const piece = Buffer.alloc(1 << 20, "x");
    for (let count = 0; count < MAX_LINE_BYTES / piece.length; count++) expect(watched.feed(piece)).toBe(true);
    expect(watched.feed(piece)).toBe(false);
  });

  it("leave an event of more than a mebibyte unread", () => {
    expect(seen([chunk({ id: "big", pad: "x".repeat(1 << 20) }), chunk({ id: "next" })]).responseId).toBe("next");
  });
});
