import type { ChoiceGeneration } from "./choice.ts";

/** The `usage` object of an answer. Token counts are exact: one per generated token, tool heads counting one. */
export function describeUsage(promptTokens: number, choices: readonly ChoiceGeneration[]): object {
  const completion = choices.reduce((sum, { counts }) => sum + counts.completion, 0);
  const reasoning = choices.reduce((sum, { counts }) => sum + counts.reasoning, 0);
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completion,
    completion_tokens: completion,
    prompt_tokens_details: null,
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}
