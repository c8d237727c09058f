import { fromBinary, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  type ChatChunk,
  ChatChunkSchema,
  type ChatDelta,
  Role,
  type TokenLogprob,
} from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { GatewayError } from "../../src/errors/index.ts";
import { ChatChunkWriter } from "../../src/openai/index.ts";
import { MessageWriter } from "../../src/wire/index.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { randomEvent } from "./chat-events.ts";

/** The event's text; empty for one too deep to be written. */
function textOf(event: JsonObject): string {
  try {
    return JSON.stringify(event);
  } catch {
    return "";
  }
}

/** What a client reads of each read's events; every element of `reads` is one chunk. */
function chunksOf(...reads: readonly (readonly JsonObject[])[]): ChatChunk[] {
  const writer = new MessageWriter(32);
  const chunk = new ChatChunkWriter(writer);
  return reads.map((events) => {
    writer.reset();
    for (const event of events) {
      const text = textOf(event);
      if (!chunk.addKnown(text)) chunk.add(event, text);
    }
    // Copied as the network would: decoded bytes fields are views on what they were decoded from.
    return fromBinary(ChatChunkSchema, Uint8Array.from(writer.view.subarray(32)));
  });
}

function deltaOf(choice: JsonObject): ChatDelta {
  const [chunk] = chunksOf([{ choices: [choice] }]);
  expect(chunk?.deltas).toHaveLength(1);
  return chunk?.deltas[0] as ChatDelta;
}

const object = (value: JsonValue | undefined): JsonObject => (value ?? {}) as JsonObject;
const list = (value: JsonValue | undefined): JsonObject[] => (value ?? []) as JsonObject[];
const string = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");
const ROLES: Readonly<Record<string, Role>> = { assistant: Role.ASSISTANT, tool: Role.TOOL };

/** Without members that are null: an engine that sends null says nothing. */
function present(value: JsonObject, ...typed: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name, member]) => member !== null && !typed.includes(name)));
}

function logprob(value: JsonObject): unknown {
  return {
    token: string(value["token"]),
    logprob: value["logprob"],
    bytes: Buffer.from((value["bytes"] ?? []) as number[]).toString("hex"),
    top: list(value["top_logprobs"]).map(logprob),
  };
}

function readLogprob({ token, logprob: value, bytes, top }: TokenLogprob): unknown {
  return { token, logprob: value, bytes: Buffer.from(bytes).toString("hex"), top: top.map(readLogprob) };
}

/** What has to be found of a choice, written independently of the code under test, field by field. */
function expectedDelta(choice: JsonObject): unknown {
  const delta = object(choice["delta"]);
  const calls = list(delta["tool_calls"]);
  const role = delta["role"] ?? null;
  const first = string(delta["reasoning_content"]);
  const second = string(delta["reasoning"]);
  const known = ["role", "content", "reasoning_content", "reasoning", "refusal", "tool_calls"];
  const plain = calls.every((call) =>
    Object.keys(present(call, "index", "id", "function")).every((name) => name === "type" && call[name] === "function"),
  );
  const extras = {
    ...present(delta, ...known),
    ...present(choice, "index", "delta", "finish_reason", "logprobs"),
    ...(role !== null && ROLES[string(role)] === undefined ? { role } : {}),
    ...(first !== "" && second !== "" && first !== second ? { reasoning: second } : {}),
    ...(Array.isArray(delta["content"]) ? { content: delta["content"] } : {}),
    ...(plain ? {} : { tool_calls: delta["tool_calls"] }),
  };
  const logprobs = choice["logprobs"] ?? null;
  return {
    index: choice["index"],
    content: string(delta["content"]),
    role: ROLES[string(role)] ?? Role.UNSPECIFIED,
    reasoning: first || second,
    refusal: string(delta["refusal"]),
    finishReason: string(choice["finish_reason"]),
    toolCalls: calls.map((call) => ({
      index: call["index"],
      id: string(call["id"]),
      name: string(object(call["function"])["name"]),
      arguments: string(object(call["function"])["arguments"]),
    })),
    logprobs:
      logprobs === null
        ? undefined
        : {
            content: list(object(logprobs)["content"]).map(logprob),
            refusal: list(object(logprobs)["refusal"]).map(logprob),
          },
    extras: Object.keys(extras).length === 0 ? undefined : extras,
  };
}

function readDelta(delta: ChatDelta): unknown {
  const { index, content, role, reasoning, refusal, finishReason, toolCalls, logprobs, extras } = delta;
  return {
    index,
    content,
    role,
    reasoning,
    refusal,
    finishReason,
    toolCalls: toolCalls.map(({ index: at, id, name, arguments: text }) => ({ index: at, id, name, arguments: text })),
    logprobs:
      logprobs === undefined
        ? undefined
        : { content: logprobs.content.map(readLogprob), refusal: logprobs.refusal.map(readLogprob) },
    extras,
  };
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

describe("the chunks of 2 500 random events", () => {
  it("hold everything the engine said, in order, however its events fall into reads", () => {
    const random = seededRandom(42_127);
    for (let stream = 0; stream < 500; stream++) {
      const reads = Array.from({ length: 1 + random.below(3) }, () =>
        Array.from({ length: 1 + random.below(4) }, () => randomEvent(random)),
      );
      const chunks = chunksOf(...reads);
      const events = reads.flat();
      const deltas = chunks.flatMap(({ deltas: found }) => found.map(readDelta));
      const expected = events.flatMap((event) => list(event["choices"]).map(expectedDelta));
      if (canonical(deltas) !== canonical(expected)) {
        for (const [at, delta] of deltas.entries()) expect(delta).toEqual(expected[at]);
        throw new Error(`stream ${stream} differs in order or number`);
      }
      for (const [at, chunk] of chunks.entries()) {
        const read = reads[at] ?? [];
        const last = (name: string): JsonValue | undefined =>
          read.findLast((event) => event[name] !== undefined && event[name] !== null)?.[name];
        const usage = last("usage");
        expect(
          chunk.usage === undefined ? undefined : [chunk.usage.promptTokens, chunk.usage.completionTokens],
        ).toEqual(usage === undefined ? undefined : [3n, 9n]);
        expect(Object.keys(chunk.extras ?? {}).sort()).toEqual(
          ["kv_transfer_params", "prompt_logprobs"].filter((name) => last(name) !== undefined),
        );
        for (const name of Object.keys(chunk.extras ?? {})) {
          // Objects of several events are merged member by member, as protobuf does; anything else is the later one's.
          if (read.filter((event) => (event[name] ?? null) !== null).length === 1) {
            expect(chunk.extras?.[name]).toEqual(last(name));
          }
        }
      }
      const heads = (name: string): JsonValue[] =>
        events.map((event) => event[name] ?? null).filter((value) => value !== null && value !== "" && value !== 0);
      const of = (pick: (chunk: ChatChunk) => JsonValue): JsonValue | undefined =>
        chunks.map(pick).findLast((value) => value !== "" && value !== 0);
      expect(of(({ id }) => id)).toBe(heads("id").at(-1));
      expect(of(({ model }) => model)).toBe(heads("model").at(-1));
      expect(of(({ created }) => Number(created))).toBe(heads("created").at(-1));
      expect(of(({ systemFingerprint }) => systemFingerprint)).toBe(heads("system_fingerprint").at(-1));
      expect(of(({ serviceTier }) => serviceTier)).toBe(heads("service_tier").at(-1));
    }
  });
});

describe("a long answer of one engine", () => {
  const CONTENTS = [
    "x",
    " é✓😀",
    '"',
    "\\",
    "\n",
    '","content":"y',
    "countersign delta template",
    "}",
    "content",
    "\ud800",
  ];
  const FORMS: ((content: string) => JsonObject)[] = [
    (content) => ({ id: "c", choices: [{ index: 0, delta: { content }, finish_reason: null }] }),
    (content) => ({ choices: [{ delta: { role: null, content }, logprobs: null, index: 0 }], id: "c", usage: null }),
    (content) => ({ content: "top", choices: [{ index: 0, delta: { content } }] }),
    (content) => ({ choices: [{ content: "choice", index: 0, delta: { content } }] }),
    (content) => ({ choices: [{ index: 1, delta: { content } }] }),
    (content) => ({ choices: [{ index: 0, delta: { content, reasoning: content } }] }),
    (content) => ({
      choices: [
        { index: 0, delta: { content } },
        { index: 1, delta: { content } },
      ],
    }),
    (content) => ({
      choices: [
        { index: 0, delta: { content } },
        { index: 1, delta: {}, finish_reason: "stop" },
      ],
    }),
    (content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: "stop" }] }),
    (content) => ({ choices: [{ index: 0, delta: { content } }], usage: { completion_tokens: 1 } }),
  ];

  it.each(FORMS.map((form, index) => [index, form] as const))(
    "of form %i loses nothing once its form is known",
    (_index, form) => {
      const random = seededRandom(7);
      const events = Array.from({ length: 200 }, (_, index) =>
        form(index < 3 ? "x" : random.pick(CONTENTS).repeat(1 + random.below(3))),
      );
      const deltas = chunksOf(...events.map((event) => [event])).flatMap(({ deltas: found }) => found.map(readDelta));
      const expected = events.flatMap((event) => list(event["choices"]).map(expectedDelta));
      expect(canonical(deltas)).toBe(canonical(expected).replaceAll(String.raw`\ud800`, "\ufffd"));
    },
  );
});

describe("an event that is recognised by its form", () => {
  const event = (content: string): string => JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content } }] });

  function writerThatKnows(): ChatChunkWriter {
    const chunk = new ChatChunkWriter(new MessageWriter(0));
    chunk.add(JSON.parse(event("x")) as JsonObject, event("x"));
    return chunk;
  }

  it("stays recognised after any number of events whose text had to be decoded", () => {
    const chunk = writerThatKnows();
    for (let count = 0; count < 20; count++) {
      expect(chunk.addKnown(event("\n"))).toBe(false);
      chunk.add(JSON.parse(event("\n")) as JsonObject, event("\n"));
      expect(chunk.addKnown(event("y"))).toBe(true);
    }
  });

  it("is whole: what comes before and after its text may not overlap", () => {
    const whole = event("x");
    const at = whole.lastIndexOf('x"');
    expect(writerThatKnows().addKnown(whole.slice(0, at) + whole.slice(at + 2))).toBe(false);
    expect(writerThatKnows().addKnown(whole.slice(0, at) + whole.slice(at + 1))).toBe(false);
  });
});

describe("fields of the whole answer", () => {
  const head = { id: "c", model: "m", created: 5, system_fingerprint: "f", service_tier: "t" };

  it("are written once", () => {
    const [first, second] = chunksOf([{ ...head, choices: [] }], [{ ...head, choices: [] }]);
    expect([first?.id, first?.model, first?.created, first?.systemFingerprint, first?.serviceTier]).toEqual([
      "c",
      "m",
      5n,
      "f",
      "t",
    ]);
    expect([second?.id, second?.model, second?.created, second?.systemFingerprint, second?.serviceTier]).toEqual([
      "",
      "",
      0n,
      "",
      "",
    ]);
  });

  it("are not lost if the first event lacks them (S17)", () => {
    const [first, second] = chunksOf([{ id: "", model: "", created: 0, choices: [] }], [{ ...head, choices: [] }]);
    expect(first?.id).toBe("");
    expect([second?.id, second?.model, second?.created, second?.systemFingerprint, second?.serviceTier]).toEqual([
      "c",
      "m",
      5n,
      "f",
      "t",
    ]);
  });

  it("are written again where they change", () => {
    const [, second] = chunksOf([{ ...head, choices: [] }], [{ ...head, system_fingerprint: "g", choices: [] }]);
    expect([second?.id, second?.systemFingerprint]).toEqual(["", "g"]);
  });

  it.each([-1, 1.5, "5", 2 ** 53, null])("leave out a time like %j", (created) => {
    expect(chunksOf([{ created, choices: [] }])[0]?.created).toBe(0n);
  });

  it("of two streams that share a writer do not mix", () => {
    const writer = new MessageWriter(32);
    const [one, two] = [new ChatChunkWriter(writer), new ChatChunkWriter(writer)];
    one.add({ ...head, choices: [] }, "");
    writer.reset();
    two.add({ ...head, choices: [] }, "");
    expect(fromBinary(ChatChunkSchema, writer.view.subarray(32)).id).toBe("c");
  });
});

describe("an engine's oddities", () => {
  it.each([
    ["no choices", {}],
    ["choices that are none", { choices: "x" }],
    ["choices that are no objects", { choices: [null, 3, "x", [], true] }],
    ["usage that is none", { choices: [], usage: [] }],
  ])("%s give no delta", (_what, event) => {
    expect(chunksOf([event])[0]).toMatchObject({ deltas: [] });
  });

  it.each([null, "text", 3, []])("a delta like %j is empty", (delta) => {
    expect(deltaOf({ index: 1, delta })).toMatchObject({ index: 1, content: "" });
  });

  it.each([-1, 1.5, 2 ** 32, "1", null])("an index like %j is 0 and allocates nothing (S09)", (index) => {
    expect(deltaOf({ index, delta: { content: "x" } })).toMatchObject({ index: 0, content: "x" });
    expect(deltaOf({ index, delta: { tool_calls: [{ index, function: {} }] } }).toolCalls).toMatchObject([
      { index: 0 },
    ]);
  });

  it("values of another type survive as they are", () => {
    const odd = { content: 7, reasoning: { a: 1 }, reasoning_content: [1], refusal: false, role: 3, tool_calls: "x" };
    expect(deltaOf({ index: 0, delta: odd }).extras).toEqual(odd);
  });

  it.each([
    ["with more than a function (S05)", { index: 0, id: "a", extra_content: { google: { thought_signature: "s" } } }],
    ["of another type", { index: 0, id: "a", type: "custom", custom: { name: "n", input: "i" } }],
    ["with more in the function", { index: 0, function: { name: "n", arguments: "{}", strict: true } }],
    ["with arguments that are no text", { index: 0, function: { name: "n", arguments: { a: 1 } } }],
  ])("a tool call %s survives whole", (_what, call) => {
    const delta = deltaOf({ index: 0, delta: { tool_calls: [call] } });
    expect(delta.toolCalls).toHaveLength(1);
    expect(delta.extras).toEqual({ tool_calls: [call] });
  });

  it("half a surrogate pair becomes U+FFFD, wherever it stands", () => {
    const half = "\ud83d";
    const [chunk] = chunksOf([
      {
        id: half,
        x: { [half]: half },
        choices: [
          { index: 0, delta: { content: half } },
          { index: 0, delta: { content: half, refusal: half, y: half } },
        ],
      },
    ]);
    expect([chunk?.id, chunk?.extras]).toEqual(["\ufffd", { x: { "\ufffd": "\ufffd" } }]);
    expect(chunk?.deltas.map(({ content }) => content)).toEqual(["\ufffd", "\ufffd"]);
    expect(chunk?.deltas[1]).toMatchObject({ refusal: "\ufffd", extras: { y: "\ufffd" } });
  });

  it("a member called __proto__ changes nothing", () => {
    const event = JSON.parse(
      '{"__proto__":{"x":1},"y":2,"choices":[{"index":0,"delta":{"__proto__":{"x":1},"z":3}}]}',
    ) as JsonObject;
    const [chunk] = chunksOf([event]);
    expect(chunk?.extras).toEqual({ y: 2 });
    expect(chunk?.deltas[0]?.extras).toEqual({ z: 3 });
    expect(chunksOf([JSON.parse('{"__proto__":5}') as JsonObject])[0]?.extras).toBeUndefined();
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});

describe("nesting of untyped fields", () => {
  const nested = (open: string, close: string, levels: number): JsonValue =>
    JSON.parse(`${open.repeat(levels)}1${close.repeat(levels)}`) as JsonValue;
  const places: [string, (value: JsonValue) => JsonObject][] = [
    ["an event", (x) => ({ choices: [], x })],
    ["a choice", (x) => ({ choices: [{ index: 0, delta: {}, x }] })],
    ["a delta", (x) => ({ choices: [{ index: 0, delta: { x } }] })],
    ["content", (content) => ({ choices: [{ index: 0, delta: { content } }] })],
    ["a role", (role) => ({ choices: [{ index: 0, delta: { role } }] })],
    ["reasoning", (reasoning) => ({ choices: [{ index: 0, delta: { reasoning } }] })],
    ["tool calls", (calls) => ({ choices: [{ index: 0, delta: { tool_calls: calls } }] })],
  ];

  it.each(places)("of %s is carried to the limit, and refused with engine_protocol beyond it", (_place, event) => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      expect(() => chunksOf([event(nested(open, close, 24))])).not.toThrow();
      for (const levels of [25, 100, 5000]) {
        let thrown: unknown;
        try {
          chunksOf([event(nested(open, close, levels))]);
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toBeInstanceOf(GatewayError);
        expect(thrown).toMatchObject({ code: "engine_protocol" });
      }
    }
  });
});
