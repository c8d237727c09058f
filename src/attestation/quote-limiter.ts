import { createRateLimiter, type RateLimiter, type RateLimits } from "./rate-limiter.ts";
import type { Clock } from "./token-bucket.ts";

/** Limits on evidence that costs hardware time. */
export type QuoteLimits = RateLimits;

/** Decides who may have a quote made. */
export type QuoteLimiter = RateLimiter;

/** Anonymous callers ask for quotes, and each costs hardware time. */
export function createQuoteLimiter(limits: QuoteLimits, clock?: Clock): QuoteLimiter {
  const refusal = (whom: string): string =>
    `Fresh evidence costs hardware time, and ${whom} asked too often. Try again later, or ask without a nonce`;
  return createRateLimiter(limits, refusal, clock);
}
