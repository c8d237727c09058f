import { describe, expect, it } from "vitest";
import { MAX_LINE_BYTES, SseEventReader, SseLineReader } from "../../src/sse/index.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { type ReferenceEvent, referenceEvents, referenceLines } from "./reference-reader.ts";
import { feedReads, randomReads, randomStream } from "./streams.ts";

function readLines(reads: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const reader = new SseLineReader({
    onLine: (buffer, start, end) => void lines.push(buffer.toString("utf8", start, end)),
  });
  expect(feedReads(reads, (chunk) => reader.feed(chunk))).toBe(true);
  reader.end();
  return lines;
}

function readEvents(reads: readonly Buffer[]): ReferenceEvent[] {
  const events: ReferenceEvent[] = [];
  const reader = new SseEventReader({ onEvent: (name, data) => void events.push({ name, data }) });
  expect(feedReads(reads, (chunk) => reader.feed(chunk))).toBe(true);
  reader.end();
  return events;
}

const MIXED = Buffer.from(
  ': keep-alive\r\n\r\ndata: {"a":"hé✓😀"}\r\ndata:two\rdata\n\nevent: error\rdata: x\r\r\n\n\ndata: [DONE]\n\ndata: last',
);

describe("the readers of event streams", () => {
  it("give the same lines and events wherever one cut falls, inside characters and line ends too (S18)", () => {
    for (let cut = 0; cut <= MIXED.length; cut++) {
      const reads = [MIXED.subarray(0, cut), MIXED.subarray(cut)];
      expect(readLines(reads)).toEqual(referenceLines(MIXED));
      expect(readEvents(reads)).toEqual(referenceEvents(MIXED));
    }
  });

  it("give the same for every pair of cuts", () => {
    const stream = Buffer.from("data: é\r\n\r\ndata:a\rdata: b\n\n");
    const lines = referenceLines(stream);
    const events = referenceEvents(stream);
    expect(events).toEqual([
      { name: "message", data: "é" },
      { name: "message", data: "a\nb" },
    ]);
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second++) {
        const reads = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
        expect(readLines(reads)).toEqual(lines);
        expect(readEvents(reads)).toEqual(events);
      }
    }
  });

  it("agree with the reference on 1 000 random streams, in one read, byte by byte and in random reads", () => {
    const random = seededRandom(9_2_6);
    for (let round = 0; round < 1000; round++) {
      const stream = randomStream(random);
      const bytewise = Array.from(stream, (_, at) => stream.subarray(at, at + 1));
      for (const reads of [[stream], bytewise, randomReads(stream, random)]) {
        expect(readLines(reads)).toEqual(referenceLines(stream));
        expect(readEvents(reads)).toEqual(referenceEvents(stream));
      }
    }
  });
});

describe("events", () => {
  it.each([
    ["several data lines are one event (S10)", "data: a\ndata: b\n\n", [["message", "a\nb"]]],
    ["CR alone ends lines (S10)", "data: a\r\rdata: b\r\r", ["a", "b"].map((data) => ["message", data])],
    ["no space behind the colon (S18)", "data:a\n\n", [["message", "a"]]],
    ["one space is taken off, not two", "data:  a\n\n", [["message", " a"]]],
    ["a last line without a line end (S07)", "data: a", [["message", "a"]]],
    ["a last event without its blank line (S07)", "data: a\n", [["message", "a"]]],
    ["comments are none (S14)", ": ping\n\ndata: a\n\n", [["message", "a"]]],
    ["two in one read (S14)", "data: a\n\ndata: b\n\n", ["a", "b"].map((data) => ["message", data])],
    [
      "a name",
      "event: error\ndata: a\n\ndata: b\n\n",
      [
        ["error", "a"],
        ["message", "b"],
      ],
    ],
    ["a name without data is none", "event: error\n\ndata: a\n\n", [["message", "a"]]],
    ["empty data is an event", "data\n\n", [["message", ""]]],
    ["nothing", "", []],
  ])("%s", (_what, stream, events) => {
    expect(readEvents([Buffer.from(stream)]).map(({ name, data }) => [name, data])).toEqual(events);
  });
});

describe("bounds", () => {
  const piece = Buffer.alloc(256 << 10, "x");
  const pieces = MAX_LINE_BYTES / piece.length;

  it("hold an unfinished line to its limit, and no more", () => {
    const reader = new SseLineReader({ onLine: () => {} });
    for (let count = 0; count < pieces; count++) expect(reader.feed(piece)).toBe(true);
    expect(reader.feed(Buffer.from("x"))).toBe(false);
  });

  it("hold the lines of one event together to the same limit, and never deliver a part of it", () => {
    let delivered = 0;
    const reader = new SseEventReader({ onEvent: () => void delivered++ });
    const line = Buffer.concat([Buffer.from("data:"), piece, Buffer.from("\n")]);
    let accepted = 0;
    while (accepted <= pieces && reader.feed(line)) accepted++;
    expect(accepted).toBeGreaterThan(pieces - 5);
    expect(accepted).toBeLessThanOrEqual(pieces);
    expect(reader.feed(Buffer.from("\n"))).toBe(false);
    reader.end();
    expect(delivered).toBe(0);
  });

  it("count empty data lines too, and begin anew with each event", () => {
    const reader = new SseEventReader({ onEvent: () => {} });
    const lines = Buffer.from("data\n".repeat(200_000));
    expect(reader.feed(lines)).toBe(true);
    expect(reader.feed(Buffer.from("\n"))).toBe(true);
    expect(reader.feed(lines)).toBe(true);
    expect(reader.feed(lines)).toBe(false);
  });

  it("copy a line that trickles in a number of times that is logarithmic in its length", () => {
    let copied = 0;
    const original = Buffer.prototype.copy;
    Buffer.prototype.copy = function (this: Buffer, ...args: Parameters<typeof original>): number {
      const bytes = original.apply(this, args);
      copied += bytes;
      return bytes;
    };
    try {
      let length = 0;
      const reader = new SseLineReader({
        onLine: (_buffer, start, end) => {
          length = end - start;
        },
      });
      const read = Buffer.from("0123456789");
      for (let count = 0; count < 20_000; count++) reader.feed(read);
      reader.feed(Buffer.from("\n"));
      expect(length).toBe(200_000);
      expect(copied).toBeGreaterThanOrEqual(length);
      expect(copied).toBeLessThan(4 * length);
    } finally {
      Buffer.prototype.copy = original;
    }
  });
});

describe("midLine", () => {
  it("is true exactly while the last byte did not end a line", () => {
    const reader = new SseLineReader({ onLine: () => {} });
    const fed = (text: string): boolean => {
      reader.feed(Buffer.from(text));
      return reader.midLine;
    };
    expect(reader.midLine).toBe(false);
    expect(["a", "", "\n", "b\n", "c\r", "\n", "\r", "d"].map(fed)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
  });
});
