import type { ChatChunk, ChatResult } from "../../../../gen/ts/countersign/inference/v1/chat_pb.ts";
import type { CompletionResult } from "../../../../gen/ts/countersign/inference/v1/completion_pb.ts";

/** The text a chat chunk adds to the first choice. */
export function chatChunkText(chunk: ChatChunk): string {
  let text = "";
  for (const delta of chunk.deltas) if (delta.index === 0) text += delta.content;
  return text;
}

/** The text of the first choice of a chat answer; its parts of other kinds are left out. */
export function chatText(result: ChatResult): string {
  const message = result.choices.find((choice) => choice.index === 0)?.message;
  return (message?.content ?? []).map(({ part }) => (part.case === "text" ? part.value : "")).join("");
}

/** The text of the first choice of a completion, whole or in pieces. */
export function completionText(result: CompletionResult): string {
  let text = "";
  for (const delta of result.choices) if (delta.index === 0) text += delta.text;
  return text;
}
