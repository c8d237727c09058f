import { GatewayError } from "../errors/index.ts";
import { type Clock, type Rate, TokenBucket } from "./token-bucket.ts";

/** Limits on work that anonymous callers cause. */
export interface RateLimits {
  /** Of all callers together. */
  readonly total: Rate;
  /** Of one address, so that one caller cannot use up what is there for all. */
  readonly perAddress: Rate;
}

/** Decides who may cause work. */
export interface RateLimiter {
  /**
   * Counts one piece of work for an address.
   *
   * @throws GatewayError `rate_limited`
   */
  admit(address: string): void;
}

/** Most addresses remembered. One more, and those that owe nothing are forgotten first, then the oldest. */
const MAX_ADDRESSES = 10_000;

/**
 * A limit on all callers and on each. Addresses are attacker-controlled in number, so what is remembered is bounded.
 *
 * @param refusal what a caller is told; `whom` is who asked too often
 */
export function createRateLimiter(
  limits: RateLimits,
  refusal: (whom: string) => string,
  clock: Clock = () => performance.now(),
): RateLimiter {
  const total = new TokenBucket(limits.total, clock());
  const addresses = new Map<string, TokenBucket>();

  function bucketOf(address: string, now: number): TokenBucket {
    const known = addresses.get(address);
    if (known !== undefined) return known;
    if (addresses.size >= MAX_ADDRESSES) forget(now);
    const bucket = new TokenBucket(limits.perAddress, now);
    addresses.set(address, bucket);
    return bucket;
  }

  function forget(now: number): void {
    for (const [address, bucket] of addresses) if (bucket.isFull(now)) addresses.delete(address);
    // All of them owe something: the oldest one's debt is forgiven, the total still holds.
    const [oldest] = addresses.keys();
    if (addresses.size >= MAX_ADDRESSES && oldest !== undefined) addresses.delete(oldest);
  }

  const limited = (whom: string, retryAfterSeconds: number): GatewayError =>
    new GatewayError("rate_limited", refusal(whom), { retryAfterSeconds });

  return {
    admit(address) {
      const now = clock();
      const bucket = bucketOf(address, now);
      const own = bucket.take(now);
      if (!own.ok) throw limited("this address", own.retryAfterSeconds);
      const all = total.take(now);
      if (!all.ok) {
        bucket.giveBack();
        throw limited("all callers together", all.retryAfterSeconds);
      }
    },
  };
}
