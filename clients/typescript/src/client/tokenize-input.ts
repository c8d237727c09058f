import { create, toBinary } from "@bufbuild/protobuf";
import { TokenizeInputSchema } from "../../../../gen/ts/countersign/inference/v1/tokenization_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { type ChatMessage, typedMessage } from "./chat-input.ts";

/** What to tokenize: a text or else a conversation, and the model. */
export interface TokenizeRequestInput {
  /** Model whose tokenizer is asked, as `listModels` names it. */
  readonly model: string;
  /** Text to tokenize. Exactly one of `text` and `messages`. */
  readonly text?: string;
  /** Conversation to render with the model's template and tokenize. */
  readonly messages?: readonly ChatMessage[];
  /** Whether the model's special tokens are added. Absent: the engine's default. */
  readonly addSpecialTokens?: boolean;
  /** Whether the tokens come back as text too. */
  readonly returnTokenStrings?: boolean;
}

/**
 * Serialises a tokenization: the bytes that are sent, and over which the request digest is made.
 *
 * @throws CountersignError `input.invalid`
 */
export function serialiseTokenizeInput(input: TokenizeRequestInput): Uint8Array {
  const { model: _, text, messages, ...rest } = input;
  if ((text === undefined) === (messages === undefined)) {
    throw new CountersignError("input.invalid", "tokenize takes a text or messages, and not both");
  }
  try {
    const form = text === undefined ? { messages: (messages ?? []).map(typedMessage) } : { text };
    return toBinary(TokenizeInputSchema, create(TokenizeInputSchema, { ...rest, ...form }));
  } catch (cause) {
    if (cause instanceof CountersignError) throw cause;
    throw new CountersignError("input.invalid", "a field of the request has a value its type does not take", { cause });
  }
}
