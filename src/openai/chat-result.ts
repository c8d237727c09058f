import { create, type JsonObject, type JsonValue, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type ChatChoiceSchema,
  type ChatResult,
  ChatResultSchema,
  type ContentPartSchema,
  type LogprobsSchema,
  type MessageSchema,
  Role,
  type TokenLogprobSchema,
  type ToolCallDeltaSchema,
} from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { GatewayError } from "../errors/index.ts";
import { asInt64, asNumber, asObject, asObjects, asString, asUint32, extraFields, untyped } from "./json-fields.ts";
import { usageMessage, usageRest } from "./usage.ts";

const ROLES: ReadonlyMap<unknown, Role> = new Map([
  ["system", Role.SYSTEM],
  ["developer", Role.DEVELOPER],
  ["user", Role.USER],
  ["assistant", Role.ASSISTANT],
  ["tool", Role.TOOL],
]);

/** The role an engine names; UNSPECIFIED for one that is not known. */
export function roleOf(value: unknown): Role {
  return ROLES.get(value) ?? Role.UNSPECIFIED;
}

function tokenLogprob(entry: JsonObject, depth: number): MessageInitShape<typeof TokenLogprobSchema> {
  const bytes = entry["bytes"];
  return {
    token: asString(entry["token"]),
    logprob: asNumber(entry["logprob"]),
    bytes: Array.isArray(bytes) ? Uint8Array.from(bytes, (byte) => asNumber(byte)) : new Uint8Array(),
    // Alternatives have none of their own: the depth is bounded whatever the engine sends.
    top: depth > 0 ? [] : asObjects(entry["top_logprobs"]).map((alternative) => tokenLogprob(alternative, depth + 1)),
  };
}

/** Log probabilities of a chat choice; undefined if there are none. */
export function logprobsOf(value: unknown): MessageInitShape<typeof LogprobsSchema> | undefined {
  const logprobs = asObject(value);
  if (logprobs === undefined) return undefined;
  return {
    content: asObjects(logprobs["content"]).map((entry) => tokenLogprob(entry, 0)),
    refusal: asObjects(logprobs["refusal"]).map((entry) => tokenLogprob(entry, 0)),
  };
}

function toolCall(entry: JsonObject) {
  const called = asObject(entry["function"]) ?? {};
  return { id: asString(entry["id"]), name: asString(called["name"]), arguments: asString(called["arguments"]) };
}

/** A fragment of a call in a stream. */
export function toolCallDelta(entry: JsonObject): MessageInitShape<typeof ToolCallDeltaSchema> {
  return { index: asUint32(entry["index"]), ...toolCall(entry) };
}

/** A string or nothing: what a text field may hold. */
export function isText(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}

/** Whether a call, or a fragment of one, holds nothing but what its typed counterpart carries. */
function isPlainCall(value: JsonValue): boolean {
  const call = asObject(value);
  if (call === undefined) return false;
  for (const name in call) {
    const known = name === "index" || name === "id" || name === "function";
    if (!known && call[name] !== null && !(name === "type" && call[name] === "function")) return false;
  }
  const called = asObject(call["function"]) ?? {};
  for (const name in called) if (name !== "name" && name !== "arguments" && called[name] !== null) return false;
  return isText(call["id"]) && isText(called["name"]) && isText(called["arguments"]);
}

/**
 * What the typed fields of a message or a delta cannot carry, by the engine's name: a role that is not known, a second
 * reasoning, calls with more than name and arguments, values of another type. Nothing an engine says is lost.
 */
export function untypedRest(value: JsonObject): JsonObject {
  const rest: Record<string, JsonValue> = {};
  const { role, reasoning_content: first, reasoning: second, refusal, tool_calls: calls } = value;
  if (role !== undefined && role !== null && roleOf(role) === Role.UNSPECIFIED) rest["role"] = untyped(role);
  if (first !== undefined && !isText(first)) rest["reasoning_content"] = untyped(first);
  if (second !== undefined && (!isText(second) || (asString(first) && asString(second) && first !== second))) {
    rest["reasoning"] = untyped(second);
  }
  if (refusal !== undefined && !isText(refusal)) rest["refusal"] = untyped(refusal);
  if (calls !== undefined && calls !== null && !(Array.isArray(calls) && calls.every(isPlainCall))) {
    rest["tool_calls"] = untyped(calls);
  }
  return rest;
}

function contentParts(value: unknown): MessageInitShape<typeof ContentPartSchema>[] {
  if (typeof value === "string") return value === "" ? [] : [{ part: { case: "text", value } }];
  return asObjects(value).map((part) =>
    part["type"] === "text"
      ? { part: { case: "text", value: asString(part["text"]) } }
      : { part: { case: "other", value: untyped(part) } },
  );
}

const MESSAGE_FIELDS: ReadonlySet<string> = new Set([
  "role",
  "content",
  "name",
  "tool_calls",
  "reasoning_content",
  "reasoning",
  "refusal",
]);

function message(value: JsonObject): MessageInitShape<typeof MessageSchema> {
  const extras = { ...extraFields(value, MESSAGE_FIELDS), ...untypedRest(value) };
  return {
    role: roleOf(value["role"]),
    content: contentParts(value["content"]),
    name: asString(value["name"]),
    toolCalls: asObjects(value["tool_calls"]).map(toolCall),
    reasoning: asString(value["reasoning_content"]) || asString(value["reasoning"]),
    refusal: asString(value["refusal"]),
    ...(Object.keys(extras).length === 0 ? {} : { extras }),
  };
}

const CHOICE_FIELDS: ReadonlySet<string> = new Set(["index", "message", "finish_reason", "logprobs"]);

function choice(value: JsonObject): MessageInitShape<typeof ChatChoiceSchema> {
  const extras = extraFields(value, CHOICE_FIELDS);
  const logprobs = logprobsOf(value["logprobs"]);
  return {
    index: asUint32(value["index"]),
    message: message(asObject(value["message"]) ?? {}),
    finishReason: asString(value["finish_reason"]),
    ...(logprobs === undefined ? {} : { logprobs }),
    ...(extras === undefined ? {} : { extras }),
  };
}

const RESULT_FIELDS: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "system_fingerprint",
  "service_tier",
]);

/** Parses an engine's JSON answer. Throws `engine_protocol` if it is not a JSON object. */
export function parseAnswer(body: Buffer): JsonObject {
  try {
    const answer = asObject(JSON.parse(body.toString("utf8")));
    if (answer !== undefined) return answer;
  } catch (cause) {
    throw new GatewayError("engine_protocol", "The engine's answer is not valid JSON", { cause });
  }
  throw new GatewayError("engine_protocol", "The engine's answer is not a JSON object");
}

/** A whole chat answer as a typed message. */
export function chatResult(answer: JsonObject): ChatResult {
  const extras = { ...extraFields(answer, RESULT_FIELDS), ...usageRest(answer["usage"]) };
  const usage = usageMessage(answer["usage"]);
  return create(ChatResultSchema, {
    id: asString(answer["id"]),
    created: asInt64(answer["created"]),
    model: asString(answer["model"]),
    choices: asObjects(answer["choices"]).map(choice),
    systemFingerprint: asString(answer["system_fingerprint"]),
    serviceTier: asString(answer["service_tier"]),
    ...(usage === undefined ? {} : { usage }),
    ...(Object.keys(extras).length === 0 ? {} : { extras }),
  });
}
