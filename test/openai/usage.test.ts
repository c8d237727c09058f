import { fromBinary, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ChatResultSchema } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { chatResult } from "../../src/openai/index.ts";

const extrasOf = (usage: unknown): JsonObject | undefined => {
  const result = chatResult({ choices: [], usage: usage as JsonObject });
  return fromBinary(ChatResultSchema, toBinary(ChatResultSchema, result)).extras;
};

describe("usage", () => {
  it.each([
    undefined,
    null,
    {},
    { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    { prompt_tokens: 1, prompt_tokens_details: null, completion_tokens_details: { reasoning_tokens: 1 } },
    { prompt_tokens_details: { cached_tokens: 4, audio_tokens: null } },
  ])("%j is carried by the typed message alone", (usage) => {
    expect(extrasOf(usage)).toBeUndefined();
  });

  it.each([
    { prompt_tokens: 1, cost: 0.5 },
    { prompt_tokens_details: { cached_tokens: 4, audio_tokens: 2 } },
    { completion_tokens_details: { accepted_prediction_tokens: 0 } },
    { completion_tokens_details: [1] },
  ])("%j is carried whole beside it (S05)", (usage) => {
    expect(extrasOf(usage)).toEqual({ usage });
  });
});
