import { expect, it } from "vitest";
import { reportedUsage } from "../../src/usage/index.ts";

const NONE = { promptTokens: 0, completionTokens: 0, totalTokens: 0, cachedTokens: 0, reasoningTokens: 0 };

it("takes the counts and the two details", () => {
  expect(
    reportedUsage({
      prompt_tokens: 11,
      completion_tokens: 22,
      total_tokens: 33,
      prompt_tokens_details: { cached_tokens: 4, audio_tokens: 99 },
      completion_tokens_details: { reasoning_tokens: 5 },
    }),
  ).toEqual({ promptTokens: 11, completionTokens: 22, totalTokens: 33, cachedTokens: 4, reasoningTokens: 5 });
});

it.each([undefined, null, 0, 7, "", "12", true, [], [1]])("is not there if the engine sends %j", (value) => {
  expect(reportedUsage(value)).toBeUndefined();
});

it.each([-1, 1.5, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN, "3", null, {}, []])(
  "counts %j as nothing",
  (value) => {
    expect(
      reportedUsage({
        prompt_tokens: value,
        completion_tokens: value,
        total_tokens: value,
        prompt_tokens_details: { cached_tokens: value },
        completion_tokens_details: value,
      }),
    ).toEqual(NONE);
  },
);

it("keeps the largest exact count", () => {
  expect(reportedUsage({ total_tokens: Number.MAX_SAFE_INTEGER })).toEqual({ ...NONE, totalTokens: 2 ** 53 - 1 });
});
