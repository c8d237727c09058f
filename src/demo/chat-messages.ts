import { DemoError } from "./errors.ts";
import { type Fields, isRecord, missing, optionalArray, optionalString, requiredString, wrongType } from "./fields.ts";
import type { Conversation, Turn } from "./language/index.ts";

/** What an image or a recording costs in prompt tokens. */
const ATTACHMENT_TOKENS = 256;
const MAX_MESSAGES = 4096;
const ROLES: Readonly<Record<string, Turn["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
  function: "tool",
};
const PART_KINDS: Readonly<Record<string, "text" | "image" | "recording" | "other">> = {
  text: "text",
  input_text: "text",
  refusal: "text",
  image_url: "image",
  input_image: "image",
  image: "image",
  input_audio: "recording",
  audio_url: "recording",
  video_url: "other",
  file: "other",
};

/** The messages of a request as the model reads them. */
export interface ChatPrompt {
  readonly conversation: Conversation;
  /** The whole conversation as one text: what is tokenized, and what the answer depends on. */
  readonly rendered: string;
  /** Tokens of attachments, on top of those of the text. */
  readonly attachmentTokens: number;
}

/** Reads `messages`. Throws a BadRequestError that names the message and the field. */
export function readMessages(body: Fields): ChatPrompt {
  const messages = optionalArray(body, "messages");
  if (messages === undefined) throw missing("messages");
  if (messages.length === 0 || messages.length > MAX_MESSAGES) {
    throw DemoError.badRequest(`messages must have 1 to ${MAX_MESSAGES} entries.`, "messages");
  }
  const attachments = { image: 0, recording: 0, other: 0 };
  const toolNames = new Map<string, string>();
  const turns: Turn[] = [];
  let newest = { image: 0, recording: 0 };
  messages.forEach((message, index) => {
    const path = `messages[${index}]`;
    if (!isRecord(message)) throw wrongType(path, "an object", message);
    const role = ROLES[requiredString(message, "role", `${path}.role`)];
    if (role === undefined)
      throw DemoError.badRequest(`${path}.role must be one of ${Object.keys(ROLES).join(", ")}.`, `${path}.role`);
    const found = readContent(message, path, role);
    for (const kind of found.kinds) if (kind !== "text") attachments[kind] += 1;
    if (role === "user") newest = { image: count(found.kinds, "image"), recording: count(found.kinds, "recording") };
    const calls = readCalls(message, path, toolNames);
    turns.push(turn(role, found.text + calls, role === "tool" ? toolName(message, toolNames) : undefined));
  });
  const rendered = `${turns.map(({ role, text }) => `<|${role}|>\n${text}\n`).join("")}<|assistant|>\n`;
  const attached = attachments.image + attachments.recording + attachments.other;
  return {
    conversation: { turns, images: newest.image, recordings: newest.recording },
    rendered,
    attachmentTokens: attached * ATTACHMENT_TOKENS,
  };
}

function turn(role: Turn["role"], text: string, toolName: string | undefined): Turn {
  return toolName === undefined ? { role, text } : { role, text, toolName };
}

function readContent(message: Fields, path: string, role: Turn["role"]) {
  const content = message.content ?? undefined;
  if (typeof content === "string") return { text: content, kinds: [] };
  if (content === undefined) {
    if (role === "assistant") return { text: "", kinds: [] };
    throw missing(`${path}.content`);
  }
  if (!Array.isArray(content)) throw wrongType(`${path}.content`, "a string or an array of parts", content);
  const parts = content.map((part: unknown, index) => readPart(part, `${path}.content[${index}]`));
  return {
    text: parts.flatMap(({ text }) => (text === "" ? [] : [text])).join("\n"),
    kinds: parts.map(({ kind }) => kind),
  };
}

function readPart(part: unknown, path: string) {
  if (typeof part === "string") return { kind: "text" as const, text: part };
  if (!isRecord(part)) throw wrongType(path, "an object", part);
  const type = requiredString(part, "type", `${path}.type`);
  const kind = Object.hasOwn(PART_KINDS, type) ? PART_KINDS[type] : undefined;
  if (kind === undefined)
    throw DemoError.badRequest(`${path}.type must be one of ${Object.keys(PART_KINDS).join(", ")}.`, `${path}.type`);
  if (kind === "text")
    return { kind, text: requiredString(part, type === "refusal" ? "refusal" : "text", `${path}.text`) };
  if (type === "image_url" || type === "input_audio") {
    if (part[type] === undefined || part[type] === null) throw missing(`${path}.${type}`);
  }
  return { kind, text: "" };
}

/** Earlier calls are part of the prompt, and they tell which tool a later result belongs to. */
function readCalls(message: Fields, path: string, toolNames: Map<string, string>): string {
  const calls = optionalArray(message, "tool_calls", `${path}.tool_calls`) ?? [];
  return calls
    .map((call, index) => {
      const called = isRecord(call) && isRecord(call.function) ? call.function : undefined;
      if (called === undefined) throw missing(`${path}.tool_calls[${index}].function`);
      const name = requiredString(called, "name", `${path}.tool_calls[${index}].function.name`);
      const id = isRecord(call) ? optionalString(call, "id", `${path}.tool_calls[${index}].id`) : undefined;
      if (id !== undefined) toolNames.set(id, name);
      return `\n<|call|>${name}(${String(called.arguments ?? "")})`;
    })
    .join("");
}

function toolName(message: Fields, toolNames: ReadonlyMap<string, string>): string | undefined {
  const id = message.tool_call_id;
  const own = message.name;
  return (
    (typeof id === "string" ? toolNames.get(id) : undefined) ?? (typeof own === "string" ? own.slice(0, 64) : undefined)
  );
}

function count(kinds: readonly string[], wanted: string): number {
  return kinds.filter((kind) => kind === wanted).length;
}
