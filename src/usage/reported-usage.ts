/** Token counts as the engine reported them. */
export interface ReportedUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
}

/** A non-negative safe integer, or 0. */
function count(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

/** Usage out of an engine's JSON; undefined if it is not an object. The values are not trusted. */
export function reportedUsage(value: unknown): ReportedUsage | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const usage = value as Record<string, unknown>;
  const details = (name: string): Record<string, unknown> => {
    const found = usage[name];
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  };
  return {
    promptTokens: count(usage["prompt_tokens"]),
    completionTokens: count(usage["completion_tokens"]),
    totalTokens: count(usage["total_tokens"]),
    cachedTokens: count(details("prompt_tokens_details")["cached_tokens"]),
    reasoningTokens: count(details("completion_tokens_details")["reasoning_tokens"]),
  };
}
