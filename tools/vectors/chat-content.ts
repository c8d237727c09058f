import { create, toBinary } from "@bufbuild/protobuf";
import {
  ChatChunkSchema,
  ChatInputSchema,
  ChatResultSchema,
  Role,
} from "../../gen/ts/countersign/inference/v1/chat_pb.ts";

/** Serialises a chat of one user message. */
export function chatInput(content: string): Uint8Array {
  const messages = [{ role: Role.USER, content: [{ part: { case: "text" as const, value: content } }] }];
  return toBinary(ChatInputSchema, create(ChatInputSchema, { messages }));
}

/** Serialises one chunk of content; the first one carries the ids. */
export function chatChunk(content: string, isFirst: boolean, finishReason = ""): Uint8Array {
  const ids = isFirst ? { id: "chatcmpl-vector", created: 1_767_229_199n, model: "demo-model" } : {};
  return toBinary(ChatChunkSchema, create(ChatChunkSchema, { deltas: [{ content, finishReason }], ...ids }));
}

/** Serialises these pieces of one answer as chunks. */
export function chatChunks(...pieces: readonly string[]): Uint8Array[] {
  return pieces.map((piece, index) => chatChunk(piece, index === 0, index === pieces.length - 1 ? "stop" : ""));
}

/** Serialises a whole answer. */
export function chatResult(content: string): Uint8Array {
  const message = { role: Role.ASSISTANT, content: [{ part: { case: "text" as const, value: content } }] };
  const choices = [{ index: 0, message, finishReason: "stop" }];
  const ids = { id: "chatcmpl-vector", created: 1_767_229_199n, model: "demo-model" };
  return toBinary(ChatResultSchema, create(ChatResultSchema, { choices, ...ids }));
}
