import { fromBinary, type JsonObject } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { type ChatChunk, ChatChunkSchema } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { ChatChunkWriter } from "../../src/openai/index.ts";
import { MessageWriter } from "../../src/wire/index.ts";

const HEADROOM = 32;

/** Reads texts of events as the token stream does: known ones without parsing. Says which were known. */
function read(texts: readonly string[]): { chunks: ChatChunk[]; known: boolean[] } {
  const writer = new MessageWriter(HEADROOM);
  const chunk = new ChatChunkWriter(writer);
  const known: boolean[] = [];
  const chunks = texts.map((text) => {
    writer.reset();
    const isKnown = chunk.addKnown(text);
    known.push(isKnown);
    if (!isKnown) chunk.add(JSON.parse(text) as JsonObject, text);
    return fromBinary(ChatChunkSchema, Uint8Array.from(writer.view.subarray(HEADROOM)));
  });
  return { chunks, known };
}

/** The same events, every one parsed. */
function readParsed(texts: readonly string[]): ChatChunk[] {
  const writer = new MessageWriter(HEADROOM);
  const chunk = new ChatChunkWriter(writer);
  return texts.map((text) => {
    writer.reset();
    chunk.add(JSON.parse(text) as JsonObject, text);
    return fromBinary(ChatChunkSchema, Uint8Array.from(writer.view.subarray(HEADROOM)));
  });
}

const event = (content: string, more = ""): string =>
  `{"id":"c","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":{"content":${content}},"logprobs":null,"finish_reason":null}]${more}}`;

/** One unusual event among usual ones: whatever it is, the result is that of parsing. */
const UNUSUAL: readonly (readonly [string, string])[] = [
  ["an escaped quote", event('"a\\"b"')],
  ["an escaped backslash at the end", event('"a\\\\"')],
  ["a unicode escape", event('"\\u00e9"')],
  ["an emoji", event('"😀"')],
  ["an empty content", event('""')],
  ["a null content", event("null")],
  ["a longer text around it", event('"x"', ',"usage":null')],
  ["usage", event('"x"', ',"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}')],
  ["an extra field", event('"x"', ',"vendor":{"a":1}')],
  ["a second choice", event('"x"').replace("}]", '},{"index":1,"delta":{"content":"y"},"finish_reason":null}]')],
  ["another index", event('"x"').replace('"index":0', '"index":2')],
  ["a finish reason", event('"x"').replace('"finish_reason":null', '"finish_reason":"stop"')],
  ["another id", event('"x"').replace('"id":"c"', '"id":"d"')],
  ["content that looks like the end of the event", event('"},\\"logprobs\\":null"')],
  ["two members named content", event('"x"').replace('{"content"', '{"content":"w","content"')],
  ["a tool call", event('"x"').replace('"content":"x"', '"tool_calls":[{"index":0,"function":{"arguments":"{"}}]')],
  ["white space inside", event(' "x" ')],
];

describe("events that differ in their text only", () => {
  it("are recognised once one has been parsed", () => {
    expect(read([event('"one"'), event('" two"'), event('"three"')]).known).toEqual([false, true, true]);
  });

  it.each(UNUSUAL)("give what parsing gives beside %s", (_name, unusual) => {
    const texts = [event('"one"'), event('" two"'), unusual, event('"four"'), unusual, event('"six"')];
    expect(read(texts).chunks).toEqual(readParsed(texts));
  });

  it.each(UNUSUAL)("give what parsing gives after %s came first", (_name, unusual) => {
    const texts = [unusual, event('"one"'), unusual, event('" two"'), event('"three"')];
    expect(read(texts).chunks).toEqual(readParsed(texts));
  });

  it("are not recognised where the last member named content is not the delta's", () => {
    const decoy = (content: string): string => event(`"${content}"`, ',"system_fingerprint":"f","content":null');
    const texts = [decoy("a"), decoy("b"), decoy("c")];
    expect(read(texts).chunks).toEqual(readParsed(texts));
  });

  it("are not recognised after a control character, which JSON does not allow", () => {
    const { known } = read([event('"one"')]);
    expect(known).toEqual([false]);
    expect(() => read([event('"one"'), event('"a\u0001b"')])).toThrow(SyntaxError);
  });

  it("cost a bounded number of trials where the text around them always changes", () => {
    const texts = Array.from({ length: 20 }, (_, index) =>
      event('"x"').replace('"created":5', `"created":${index + 6}`),
    );
    const { chunks, known } = read(texts);
    expect(known.every((isKnown) => !isKnown)).toBe(true);
    expect(chunks).toEqual(readParsed(texts));
  });
});
