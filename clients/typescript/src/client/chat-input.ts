import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  ChatInputSchema,
  type MessageSchema,
  type ResponseFormatSchema,
  Role,
  type ToolChoiceSchema,
  type ToolSchema,
} from "../../../../gen/ts/countersign/inference/v1/chat_pb.ts";
import type { SamplingOptionsSchema } from "../../../../gen/ts/countersign/inference/v1/sampling_pb.ts";
import { CountersignError } from "../errors/index.ts";

const ROLES = {
  system: Role.SYSTEM,
  developer: Role.DEVELOPER,
  user: Role.USER,
  assistant: Role.ASSISTANT,
  tool: Role.TOOL,
} as const;

/** A message of text in the familiar spelling. */
export interface PlainMessage {
  /** Who wrote it. */
  readonly role: keyof typeof ROLES;
  /** The text. */
  readonly content: string;
  /** Name of the author, where a model distinguishes several. */
  readonly name?: string;
  /** For role `tool`: the call this answers. */
  readonly toolCallId?: string;
}

/** A message: plain text, or the typed message with content parts, tool calls and the rest. */
export type ChatMessage = PlainMessage | MessageInitShape<typeof MessageSchema>;

/** What to ask in a chat: the fields of the typed `ChatInput`, and the model. */
export interface ChatRequestInput {
  /** Model to ask, as `listModels` names it. */
  readonly model: string;
  /** The conversation, 1 to 4096 messages. */
  readonly messages: readonly ChatMessage[];
  /** Sampling options. Absent fields are left to the engine. */
  readonly sampling?: MessageInitShape<typeof SamplingOptionsSchema>;
  /** Functions the model may call. */
  readonly tools?: readonly MessageInitShape<typeof ToolSchema>[];
  /** Which of them. */
  readonly toolChoice?: MessageInitShape<typeof ToolChoiceSchema>;
  /** Whether several calls may come at once. */
  readonly parallelToolCalls?: boolean;
  /** Form of the answer. */
  readonly responseFormat?: MessageInitShape<typeof ResponseFormatSchema>;
  /** Report log probabilities. */
  readonly logprobs?: boolean;
  /** How many alternatives per token, 0 to 20. Needs `logprobs`. */
  readonly topLogprobs?: number;
  /** `low`, `medium`, `high` or what the engine takes. */
  readonly reasoningEffort?: string;
  /** Opaque id of the end user, passed to the engine. */
  readonly user?: string;
  /** Engine fields without a typed counterpart, as a JSON object. Numbers are doubles. */
  readonly extras?: MessageInitShape<typeof ChatInputSchema>["extras"];
}

/**
 * Serialises a chat: the bytes that are sent, and over which the request digest is made.
 *
 * @throws CountersignError `input.invalid`
 */
export function serialiseChatInput(input: ChatRequestInput): Uint8Array {
  const { model: _, messages, tools, ...rest } = input;
  const typed = messages.map(typedMessage);
  try {
    return toBinary(
      ChatInputSchema,
      create(ChatInputSchema, { ...rest, messages: typed, ...(tools === undefined ? {} : { tools: [...tools] }) }),
    );
  } catch (cause) {
    throw new CountersignError("input.invalid", "a field of the chat has a value its type does not take", { cause });
  }
}

/**
 * Gives a plain message its typed form.
 *
 * @throws CountersignError `input.invalid`
 */
export function typedMessage(message: ChatMessage): MessageInitShape<typeof MessageSchema> {
  if (!isPlain(message)) return message;
  if (!Object.hasOwn(ROLES, message.role)) {
    throw new CountersignError("input.invalid", `a message's role is one of ${Object.keys(ROLES).join(", ")}`);
  }
  if (typeof message.content !== "string") {
    throw new CountersignError(
      "input.invalid",
      "a plain message's content is a string; use typed content parts for the rest",
    );
  }
  return {
    role: ROLES[message.role],
    content: [{ part: { case: "text", value: message.content } }],
    name: message.name ?? "",
    toolCallId: message.toolCallId ?? "",
  };
}

function isPlain(message: ChatMessage): message is PlainMessage {
  return typeof message.role === "string";
}
