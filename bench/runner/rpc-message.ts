import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { ChatInputSchema, Role } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import {
  ChatRequestSchema,
  InferenceService,
  StreamChatRequestSchema,
} from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";

/** A request message on disk and the method it belongs to. */
export interface RpcMessage {
  readonly file: string;
  readonly path: string;
}

/** Size of the prompt, so that the request is about as long as the REST body. */
const PROMPT_BYTES = 880;

/**
 * Writes the request for one answer of the mock engine. The input travels as payload bytes, the form verifying clients use; the plan is in `user`,
 * which the gateway passes to the engine.
 */
export function writeRpcMessage(folder: string, plan: string, stream: boolean): RpcMessage {
  const payload = toBinary(
    ChatInputSchema,
    create(ChatInputSchema, {
      messages: [{ role: Role.USER, content: [{ part: { case: "text", value: "p".repeat(PROMPT_BYTES) } }] }],
      user: plan,
    }),
  );
  const request = { model: "bench", input: { case: "payload" as const, value: payload } };
  const bytes = stream
    ? toBinary(StreamChatRequestSchema, create(StreamChatRequestSchema, request))
    : toBinary(ChatRequestSchema, create(ChatRequestSchema, request));
  const file = join(folder, `${stream ? "stream" : "unary"}-${plan.replaceAll(":", "-")}.bin`);
  writeFileSync(file, bytes);
  const method = stream ? InferenceService.method.streamChat : InferenceService.method.chat;
  return { file, path: `/${InferenceService.typeName}/${method.name}` };
}
