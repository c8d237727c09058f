import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import {
  type ChatInput,
  type ContentPart,
  type Message,
  type ResponseFormat,
  Role,
  type Tool,
  type ToolChoice,
  ToolChoice_Mode,
} from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { atMost, type EngineBody, invalid, putExtras, putSampling, SAMPLING_NAMES } from "./request-builder.ts";

const ROLE_NAMES: Readonly<Record<Role, string>> = {
  [Role.UNSPECIFIED]: "",
  [Role.SYSTEM]: "system",
  [Role.DEVELOPER]: "developer",
  [Role.USER]: "user",
  [Role.ASSISTANT]: "assistant",
  [Role.TOOL]: "tool",
};

const MODE_NAMES: Readonly<Record<ToolChoice_Mode, string>> = {
  [ToolChoice_Mode.UNSPECIFIED]: "",
  [ToolChoice_Mode.AUTO]: "auto",
  [ToolChoice_Mode.NONE]: "none",
  [ToolChoice_Mode.REQUIRED]: "required",
};

const TYPED: ReadonlySet<string> = new Set([
  ...SAMPLING_NAMES,
  "messages",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "response_format",
  "logprobs",
  "top_logprobs",
  "reasoning_effort",
]);

const MESSAGE_FIELDS: ReadonlySet<string> = new Set([
  "role",
  "content",
  "name",
  "tool_calls",
  "tool_call_id",
  "reasoning",
  "reasoning_content",
  "refusal",
]);

/** Drops undefined members. */
function compact(object: Record<string, JsonValue | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as JsonObject;
}

const given = (text: string): string | undefined => (text === "" ? undefined : text);

function partValue(param: string, { part }: ContentPart): JsonObject {
  switch (part.case) {
    case "text":
      return { type: "text", text: part.value };
    case "imageUrl":
      return { type: "image_url", image_url: compact({ url: part.value.url, detail: given(part.value.detail) }) };
    case "inputAudio":
      return {
        type: "input_audio",
        input_audio: { data: Buffer.from(part.value.data).toString("base64"), format: part.value.format },
      };
    case "videoUrl":
      return { type: "video_url", video_url: { url: part.value } };
    case "file":
      return {
        type: "file",
        file: compact({
          filename: given(part.value.filename),
          file_data: given(part.value.fileData),
          file_id: given(part.value.fileId),
        }),
      };
    case "other":
      return part.value;
    default:
      throw invalid(param, "set one kind of content");
  }
}

/** The content of a message as the engine takes it: null if empty, a string for a single text, else parts. */
function contentValue(param: string, parts: readonly ContentPart[]): JsonValue {
  const [only] = parts;
  if (only === undefined) return null;
  if (parts.length === 1 && only.part.case === "text") return only.part.value;
  return parts.map((part, index) => partValue(`${param}[${index}]`, part));
}

/** A message as the engine takes it. `param` is its path, for errors. */
export function messageValue(param: string, message: Message): JsonObject {
  const role = ROLE_NAMES[message.role];
  if (role === undefined || role === "") throw invalid(`${param}.role`, "is required");
  atMost(`${param}.content`, message.content, 1024);
  atMost(`${param}.tool_calls`, message.toolCalls, 1024);
  const value: EngineBody = { role };
  if (message.content.length > 0 || message.toolCalls.length === 0) {
    value["content"] = contentValue(`${param}.content`, message.content);
  }
  if (message.name !== "") value["name"] = message.name;
  if (message.toolCalls.length > 0) {
    value["tool_calls"] = message.toolCalls.map(({ id, name, arguments: text }) => ({
      id,
      type: "function",
      function: { name, arguments: text },
    }));
  }
  if (message.toolCallId !== "") value["tool_call_id"] = message.toolCallId;
  if (message.reasoning !== "") value["reasoning_content"] = message.reasoning;
  if (message.refusal !== "") value["refusal"] = message.refusal;
  putExtras(value, message.extras, MESSAGE_FIELDS, `${param}.extras`);
  return value;
}

function toolValue(param: string, tool: Tool): JsonObject {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(tool.name)) throw invalid(`${param}.name`, "must match [a-zA-Z0-9_-]{1,64}");
  const { name, description, parameters, strict } = tool;
  return { type: "function", function: compact({ name, description: given(description), parameters, strict }) };
}

function toolChoiceValue({ choice }: ToolChoice): JsonValue {
  if (choice.case === "function") return { type: "function", function: { name: choice.value } };
  const mode = choice.case === "mode" ? MODE_NAMES[choice.value] : undefined;
  if (mode === undefined || mode === "") throw invalid("tool_choice", "set a mode or a function");
  return mode;
}

function responseFormatValue({ format }: ResponseFormat): JsonObject {
  switch (format.case) {
    case "text":
      return { type: "text" };
    case "jsonObject":
      return { type: "json_object" };
    case "jsonSchema": {
      const { name, description, schema, strict } = format.value;
      return { type: "json_schema", json_schema: compact({ name, description: given(description), schema, strict }) };
    }
    default:
      throw invalid("response_format", "set one form");
  }
}

/** The engine's request for a typed chat. The input is attacker-controlled; throws `invalid_request` with a field path. */
export function chatRequestBody(model: string, input: ChatInput, stream: boolean): Buffer {
  if (input.messages.length === 0) throw invalid("messages", "at least one is required");
  atMost("messages", input.messages, 4096);
  atMost("tools", input.tools, 1024);
  if (input.topLogprobs > 20) throw invalid("top_logprobs", "must be 0 to 20");
  if (input.topLogprobs > 0 && !input.logprobs) throw invalid("top_logprobs", "needs logprobs");
  const body: EngineBody = {
    model,
    messages: input.messages.map((message, i) => messageValue(`messages[${i}]`, message)),
  };
  putSampling(body, input.sampling);
  if (input.tools.length > 0) body["tools"] = input.tools.map((tool, i) => toolValue(`tools[${i}]`, tool));
  if (input.toolChoice !== undefined) body["tool_choice"] = toolChoiceValue(input.toolChoice);
  if (input.parallelToolCalls !== undefined) body["parallel_tool_calls"] = input.parallelToolCalls;
  if (input.responseFormat !== undefined) body["response_format"] = responseFormatValue(input.responseFormat);
  if (input.logprobs) body["logprobs"] = true;
  if (input.topLogprobs > 0) body["top_logprobs"] = input.topLogprobs;
  if (input.reasoningEffort !== "") body["reasoning_effort"] = input.reasoningEffort;
  if (input.user !== "") body["user"] = input.user;
  putExtras(body, input.extras, TYPED);
  if (stream) {
    body["stream"] = true;
    body["stream_options"] = { include_usage: true };
  }
  return Buffer.from(JSON.stringify(body));
}
