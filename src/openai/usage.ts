import { create, type JsonObject } from "@bufbuild/protobuf";
import { type Usage, UsageSchema } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { reportedUsage } from "../usage/index.ts";
import { asObject, untyped } from "./json-fields.ts";

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

/** The members of an engine's usage that the typed message carries; those of its details by the name of the details. */
const COUNTS: ReadonlySet<string> = new Set(["prompt_tokens", "completion_tokens", "total_tokens"]);
const DETAILS: ReadonlyMap<string, string> = new Map([
  ["prompt_tokens_details", "cached_tokens"],
  ["completion_tokens_details", "reasoning_tokens"],
]);

function isCarried(name: string, value: unknown): boolean {
  if (value === null || COUNTS.has(name)) return true;
  const carried = DETAILS.get(name);
  const details = asObject(value);
  if (carried === undefined || details === undefined) return false;
  return Object.entries(details).every(([detail, count]) => detail === carried || count === null);
}

/**
 * The usage as the engine wrote it, by its own name, if it says more than the typed message carries. Throws `engine_protocol` if it nests too deeply.
 */
export function usageRest(value: unknown): JsonObject | undefined {
  const usage = asObject(value);
  if (usage === undefined || Object.entries(usage).every(([name, entry]) => isCarried(name, entry))) return undefined;
  return { usage: untyped(usage) };
}
