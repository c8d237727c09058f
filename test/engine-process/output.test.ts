import { describe, expect, it } from "vitest";
import {
  causeRank,
  MAX_LINE_BYTES,
  OutputLines,
  OutputTail,
  progressOf,
} from "../../src/models/engine-process/index.ts";

function linesOf(...pieces: readonly string[]): string[] {
  const lines: string[] = [];
  const output = new OutputLines((line) => lines.push(line));
  for (const piece of pieces) output.feed(Buffer.from(piece));
  output.end();
  return lines;
}

describe("lines of output", () => {
  it.each([
    ["line feeds", ["a\nb\n"], ["a", "b"]],
    ["carriage returns", ["10%\r20%\r30%\r\nend"], ["10%", "20%", "30%", "end"]],
    ["a line in pieces", ["a", "b", "c\nd"], ["abc", "d"]],
    ["a character in pieces", ["\u00e9\n"], ["\u00e9"]],
    ["colours, movements and titles", ["\u001b[1;32mgreen\u001b[0m\u001b[2K \u001b]0;title\u0007x\n"], ["green x"]],
    ["controls", ["a\u0000b\u0007\u009bc\n"], ["abc"]],
    ["empty ones", ["\n\r\n  \nx\n"], ["x"]],
  ])("are cut at %s", (_, pieces, lines) => expect(linesOf(...pieces)).toEqual(lines));

  it("are bounded, however long they are, and the next one is whole", () => {
    const lines: string[] = [];
    const output = new OutputLines((line) => lines.push(line));
    for (let piece = 0; piece < 64; piece++) output.feed(Buffer.alloc(16_384, "x"));
    expect(lines).toEqual([]);
    output.feed(Buffer.from("y\nnext\n"));
    expect(lines).toEqual(["x".repeat(MAX_LINE_BYTES), "next"]);
  });
});

describe("the tail of output", () => {
  it("holds the last 400 lines, oldest first, and finds a cause a flood has washed away", () => {
    const tail = new OutputTail();
    tail.add("ValueError: the real one");
    for (let line = 0; line < 1000; line++) tail.add(`noise ${line}`);
    expect([tail.lines().length, tail.lines()[0], tail.lines().at(-1)]).toEqual([400, "noise 600", "noise 999"]);
    expect(tail.rootCause()).toBe("ValueError: the real one");
  });

  it("keeps no text of an engine that serves", () => {
    const tail = new OutputTail();
    tail.add("ValueError: before");
    tail.serve();
    tail.add("a line with a prompt");
    expect([tail.lines(), tail.rootCause()]).toEqual([[], undefined]);
    tail.add("torch.OutOfMemoryError: CUDA out of memory while at: a prompt");
    tail.add("Traceback: a prompt, error again");
    expect([tail.lines(), tail.rootCause()]).toEqual([[], "torch.outofmemoryerror"]);
  });

  it.each([
    [
      "a wrapper around it",
      [
        "(EngineCore pid=9) ERROR 01-02 10:11:12 [core.py:7] ValueError: no room",
        "RuntimeError: Engine core initialization failed. See root cause above.",
      ],
      "ValueError: no room",
    ],
    ["weaker words", ["cannot do x", "ok then"], "cannot do x"],
    ["nothing but words", ["hello", "bye"], "bye"],
    ["a loader", ["main: error: unable to load model", "exiting"], "main: error: unable to load model"],
    ["a disk", ["OSError: [Errno 5] Input/output error", "bye"], "OSError: [Errno 5] Input/output error"],
    ["length", [`ValueError: ${"x".repeat(400)}`], `ValueError: ${"x".repeat(287)}…`],
  ])("finds the cause among %s", (_, lines, cause) => {
    const tail = new OutputTail();
    for (const line of lines) tail.add(line);
    expect(tail.rootCause()).toBe(cause);
  });

  it("takes no ordinary line for a cause", () => {
    for (const line of ["INFO started", "Loading weights", "0 errors", ""]) expect(causeRank(line)).toBe(0);
  });
});

describe("progress", () => {
  it.each([
    ["Loading safetensors checkpoint shards:  54% Completed | 20/37 [01:27<01:19, 4.66s/it]", 20 / 37],
    ["(Worker pid=12) Loading safetensors checkpoint shards:   0% Completed | 0/1 [00:00<?, ?it/s]", 0],
    ["Loading pt checkpoint shards: 100% Completed | 2/2 [00:01<00:00]", 1],
    ["INFO 01-02 [loader.py:3] Loading model weights took 12%", 0.12],
    ["Loading model weights: 250%", 1],
    ["Loading safetensors checkpoint shards: 0/0", undefined],
    ["Loading safetensors checkpoint shards: 9/4", 1],
    ["Capturing CUDA graphs: 3/35", undefined],
    ["Loading config from a/1/2", undefined],
    ["step 1/2", undefined],
    ["Loading weights took 3.5 seconds", undefined],
    ["", undefined],
  ])("of %j is %s", (line, share) => expect(progressOf(line)).toBe(share));
});
