import { create, type JsonObject, toBinary } from "@bufbuild/protobuf";
import {
  type CompletionResult,
  CompletionResultSchema,
} from "../../../gen/ts/countersign/inference/v1/completion_pb.ts";
import { DIGEST_BYTES } from "../../exchange/index.ts";
import { addCompletionEvent, ChatChunkWriter } from "../../openai/index.ts";
import { MessageWriter } from "../../wire/index.ts";

/** Turns the events of one engine read into the payload of one chunk. */
export interface ChunkEncoder {
  /** Forgets what was added since the last take. Call at the start of each read. */
  reset(): void;
  /** Adds an event that differs from an earlier one in its text only, without parsing it. False: parse and add it. */
  addKnown(data: string): boolean;
  /** Adds one event: an engine's JSON, not trusted. `data` is its text. */
  add(event: JsonObject, data: string): void;
  /** DIGEST_BYTES of space and the payload, or undefined if nothing was added. Valid until the next reset. */
  take(): Buffer | undefined;
}

/** Shared by all streams: between reset and take, one stream runs without interruption. */
const sharedWriter = new MessageWriter(DIGEST_BYTES);

/** Payloads of StreamChat: serialised ChatChunks. */
export function chatEncoder(): ChunkEncoder {
  const chunk = new ChatChunkWriter(sharedWriter);
  return {
    reset: () => sharedWriter.reset(),
    addKnown: (data) => chunk.addKnown(data),
    add: (event, data) => chunk.add(event, data),
    take: () => (sharedWriter.empty ? undefined : sharedWriter.view),
  };
}

/** Payloads of StreamComplete: serialised CompletionResults. */
export function completionEncoder(): ChunkEncoder {
  let pending: CompletionResult | undefined;
  let head = true;
  return {
    reset() {
      pending = undefined;
    },
    addKnown: () => false,
    add(event) {
      pending ??= create(CompletionResultSchema);
      addCompletionEvent(pending, event, head);
      // Some engines send events without an id first.
      if (pending.id !== "") head = false;
    },
    take() {
      if (pending === undefined) return undefined;
      const payload = toBinary(CompletionResultSchema, pending);
      const linked = Buffer.allocUnsafe(DIGEST_BYTES + payload.length);
      linked.set(payload, DIGEST_BYTES);
      return linked;
    },
  };
}
