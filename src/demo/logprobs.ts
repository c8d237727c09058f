import type { Continuation } from "./language/index.ts";
import { mixWords } from "./random.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** A token and its natural-log probability. */
export interface TokenLogprob {
  readonly token: number;
  readonly logprob: number;
}

/** What `logprobs` reports of one sampled token: itself and the likeliest alternatives, most likely first. */
export interface SampledToken extends TokenLogprob {
  readonly top: readonly TokenLogprob[];
}

/** The rest of the vocabulary shares a few hundredths; this many tokens of it are named. */
const BACKGROUND_TOKENS = 32;
/** Each of them is this much as likely as the one before. */
const BACKGROUND_RATIO = 0.72;
/** For a token that nothing predicted (a forced one, or a byte of an echoed prompt). */
const UNPREDICTED = -18;

/**
 * Reports the model's distribution before temperature, truncation, bias and penalties, as vLLM does by default. The
 * grammar masks what may be sampled; the report spreads the mass a model would leave on other words over a background,
 * so probabilities of one position sum to at most 1 and the sampled token always carries the grammar's probability.
 */
export function createLogprobs(vocabulary: Vocabulary, salt: number) {
  function describe(sampled: number, continuations: readonly Continuation[], position: number, top: number) {
    const key = mixWords(salt, position);
    const leak = 0.004 + 0.06 * (key / 4294967296) ** 3;
    const known = new Map(continuations.map(({ token, probability }) => [token, probability * (1 - leak)]));
    for (const [token, probability] of background(key, leak)) if (!known.has(token)) known.set(token, probability);
    const ranked = Array.from(known, ([token, probability]) => ({ token, logprob: Math.log(probability) }));
    ranked.sort((left, right) => right.logprob - left.logprob || left.token - right.token);
    const own = known.get(sampled);
    const logprob = own === undefined ? UNPREDICTED : Math.log(own);
    return { token: sampled, logprob, top: ranked.slice(0, top) } satisfies SampledToken;
  }

  function background(key: number, leak: number): Map<number, number> {
    const tokens = new Map<number, number>();
    // A geometric series whose whole sum is the leak.
    let share = leak * (1 - BACKGROUND_RATIO);
    for (let index = 0; index < BACKGROUND_TOKENS; index += 1) {
      // Cubing the position leans towards frequent words.
      const place = (mixWords(key, index) / 4294967296) ** 3;
      const token = vocabulary.words[Math.floor(place * vocabulary.words.length)];
      if (token !== undefined && !tokens.has(token)) tokens.set(token, share);
      share *= BACKGROUND_RATIO;
    }
    return tokens;
  }

  return { describe };
}

export type Logprobs = ReturnType<typeof createLogprobs>;
