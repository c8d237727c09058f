import { create } from "@bufbuild/protobuf";
import { type Usage, UsageSchema } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { reportedUsage } from "../usage/index.ts";

/** Token counts of an engine's JSON as a typed message; undefined if there are none. */
export function usageMessage(value: unknown): Usage | undefined {
  const usage = reportedUsage(value);
  if (usage === undefined) return undefined;
  return create(UsageSchema, {
    promptTokens: BigInt(usage.promptTokens),
    completionTokens: BigInt(usage.completionTokens),
    totalTokens: BigInt(usage.totalTokens),
    cachedTokens: BigInt(usage.cachedTokens),
    reasoningTokens: BigInt(usage.reasoningTokens),
  });
}
