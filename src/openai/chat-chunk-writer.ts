import { create, fromJson, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { StructSchema } from "@bufbuild/protobuf/wkt";
import { ChatDeltaSchema, Role } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { UsageSchema } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import type { MessageWriter } from "../wire/index.ts";
import { isText, logprobsOf, roleOf, toolCallDelta, untypedRest } from "./chat-result.ts";
import { DeltaTemplate } from "./delta-template.ts";
import { asObject, asObjects, asString, asUint32, extraFields, untyped } from "./json-fields.ts";
import { usageMessage, usageRest } from "./usage.ts";

/** Field numbers of countersign.inference.v1.ChatChunk. */
const CHUNK = { deltas: 1, id: 2, created: 3, model: 4, usage: 5, systemFingerprint: 6, serviceTier: 7, extras: 8 };
/** Field numbers of countersign.inference.v1.ChatDelta. */
const DELTA = { index: 1, content: 2, role: 3, reasoning: 4, refusal: 5, finishReason: 7 };

const EVENT_FIELDS: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "system_fingerprint",
  "service_tier",
]);
const CHOICE_FIELDS: ReadonlySet<string> = new Set(["index", "delta", "finish_reason", "logprobs"]);
const DELTA_FIELDS: ReadonlySet<string> = new Set([
  "role",
  "content",
  "reasoning_content",
  "reasoning",
  "refusal",
  "tool_calls",
]);

/**
 * Writes the events of one engine read as one ChatChunk. Deltas of text, which nearly all are, are encoded by hand;
 * the others go through the generated code. Both give what the generated decoder reads back as the same message.
 */
export class ChatChunkWriter {
  readonly #writer: MessageWriter;
  /** What was last written of the fields that belong to the whole answer, by field number. */
  readonly #head = new Map<number, string | number>();

  readonly #template = new DeltaTemplate();

  /** `writer` may be shared by streams: it is only used between a reset and the taking of its view. */
  constructor(writer: MessageWriter) {
    this.#writer = writer;
  }

  /** Adds an event that differs from an earlier one in its text only, without parsing it. False: parse and add it. */
  addKnown(data: string): boolean {
    const content = this.#template.contentOf(data);
    if (content === undefined) return false;
    const writer = this.#writer;
    const start = writer.begin(CHUNK.deltas);
    writer.string(DELTA.content, content);
    writer.end(start);
    return true;
  }

  /**
   * Adds one event: an engine's JSON, not trusted. `data` is its text. Throws `engine_protocol` if it cannot be carried.
   */
  add(event: JsonObject, data: string): void {
    const writer = this.#writer;
    this.#writeHead(event);
    if (isTextOnly(event)) this.#template.learn(data, event);
    const { choices } = event;
    if (Array.isArray(choices)) for (const choice of choices) this.#addChoice(asObject(choice));
    if (event["usage"] !== null && event["usage"] !== undefined) {
      const usage = usageMessage(event["usage"]);
      if (usage !== undefined) writer.bytes(CHUNK.usage, toBinary(UsageSchema, usage));
      this.#writeExtras(usageRest(event["usage"]));
    }
    this.#writeExtras(extraFields(event, EVENT_FIELDS));
  }

  /** Written more than once they are merged by the decoder, later ones over earlier ones. */
  #writeExtras(extras: JsonObject | undefined): void {
    if (extras === undefined) return;
    this.#writer.bytes(CHUNK.extras, toBinary(StructSchema, fromJson(StructSchema, extras)));
  }

  /** Engines repeat these fields in every event; some send events without them first. Only what is new is written. */
  #writeHead(event: JsonObject): void {
    this.#headText(CHUNK.id, event["id"]);
    this.#headText(CHUNK.model, event["model"]);
    this.#headText(CHUNK.systemFingerprint, event["system_fingerprint"]);
    this.#headText(CHUNK.serviceTier, event["service_tier"]);
    const created = event["created"];
    if (typeof created !== "number" || !Number.isSafeInteger(created) || created <= 0) return;
    if (this.#head.get(CHUNK.created) === created) return;
    this.#head.set(CHUNK.created, created);
    this.#writer.uint(CHUNK.created, created);
  }

  #headText(field: number, value: unknown): void {
    if (typeof value !== "string" || value === "" || this.#head.get(field) === value) return;
    this.#head.set(field, value);
    this.#writer.string(field, value);
  }

  #addChoice(choice: JsonObject | undefined): void {
    if (choice === undefined) return;
    const delta = asObject(choice["delta"]) ?? {};
    if (isRare(choice, delta)) {
      this.#writer.bytes(CHUNK.deltas, rareDelta(choice, delta));
      return;
    }
    const writer = this.#writer;
    const start = writer.begin(CHUNK.deltas);
    const index = asUint32(choice["index"]);
    if (index > 0) writer.uint(DELTA.index, index);
    const content = delta["content"];
    if (typeof content === "string" && content !== "") writer.string(DELTA.content, content);
    const role = delta["role"];
    if (role !== undefined && role !== null) writer.uint(DELTA.role, roleOf(role));
    const reasoning = delta["reasoning_content"] ?? delta["reasoning"];
    if (typeof reasoning === "string" && reasoning !== "") writer.string(DELTA.reasoning, reasoning);
    const finish = choice["finish_reason"];
    if (typeof finish === "string" && finish !== "") writer.string(DELTA.finishReason, finish);
    writer.end(start);
  }
}

/** Whether an event adds nothing to the message but text to the first choice, once its head has been written. */
function isTextOnly(event: JsonObject): boolean {
  if ((event["usage"] ?? null) !== null || extraFields(event, EVENT_FIELDS) !== undefined) return false;
  const choice = Array.isArray(event["choices"]) ? asObject(event["choices"][0]) : undefined;
  const delta = asObject(choice?.["delta"]);
  if (choice === undefined || delta === undefined || isRare(choice, delta)) return false;
  if (asUint32(choice["index"]) !== 0 || (choice["finish_reason"] ?? null) !== null) return false;
  for (const name in delta) if (name !== "content" && delta[name] !== null) return false;
  return true;
}

/** Whether a choice holds anything that is not encoded by hand. */
function isRare(choice: JsonObject, delta: JsonObject): boolean {
  for (const name in choice) {
    if (name === "index" || name === "delta" || name === "finish_reason") continue;
    if (choice[name] !== null) return true;
  }
  for (const name in delta) {
    const value = delta[name];
    if ((name === "content" || name === "reasoning_content" || name === "reasoning") && isText(value)) continue;
    if (name === "role" && roleOf(value) !== Role.UNSPECIFIED) continue;
    if (value !== null) return true;
  }
  // Two different spellings of the reasoning in one delta: keep both.
  return typeof delta["reasoning_content"] === "string" && typeof delta["reasoning"] === "string";
}

function rareDelta(choice: JsonObject, delta: JsonObject): Uint8Array {
  const logprobs = logprobsOf(choice["logprobs"]);
  const extras = {
    ...extraFields(delta, DELTA_FIELDS),
    ...extraFields(choice, CHOICE_FIELDS),
    ...untypedRest(delta),
    ...(delta["content"] === undefined || isText(delta["content"]) ? {} : { content: untyped(delta["content"]) }),
  };
  return toBinary(
    ChatDeltaSchema,
    create(ChatDeltaSchema, {
      index: asUint32(choice["index"]),
      content: asString(delta["content"]),
      role: roleOf(delta["role"]),
      reasoning: asString(delta["reasoning_content"]) || asString(delta["reasoning"]),
      refusal: asString(delta["refusal"]),
      toolCalls: asObjects(delta["tool_calls"]).map(toolCallDelta),
      finishReason: asString(choice["finish_reason"]),
      ...(logprobs === undefined ? {} : { logprobs }),
      ...(Object.keys(extras).length === 0 ? {} : { extras }),
    }),
  );
}
