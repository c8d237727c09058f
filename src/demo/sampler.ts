import type { Continuation } from "./language/index.ts";
import type { Random } from "./random.ts";
import type { SamplingOptions } from "./sampling-options.ts";

/** Picks tokens for one choice; it remembers what it has picked for the penalties. */
export interface Sampler {
  /** Takes one of the continuations (or a token that `logit_bias` forces). */
  pick(continuations: readonly Continuation[]): number;
}

interface Candidate {
  readonly token: number;
  readonly logit: number;
}

/** A bias at or above this makes a token win even where the model would never say it. */
const FORCING_BIAS = 50;
/** What a token outside the grammar is worth before its bias. */
const UNLIKELY_LOGIT = -20;

export function createSampler(options: SamplingOptions, random: Random): Sampler {
  const counts = new Map<number, number>();
  const forced = Array.from(options.logitBias).filter(([, bias]) => bias >= FORCING_BIAS);
  const penalised = options.presencePenalty !== 0 || options.frequencyPenalty !== 0;

  function pick(continuations: readonly Continuation[]): number {
    const [only] = continuations;
    const token =
      continuations.length === 1 && only !== undefined && forced.length === 0 ? only.token : choose(continuations);
    if (penalised) counts.set(token, (counts.get(token) ?? 0) + 1);
    return token;
  }

  function choose(continuations: readonly Continuation[]): number {
    const candidates = continuations.map(({ token, probability }) => ({
      token,
      logit: Math.log(probability) + (options.logitBias.get(token) ?? 0) - penalty(token),
    }));
    for (const [token, bias] of forced) {
      if (!candidates.some((candidate) => candidate.token === token)) {
        candidates.push({ token, logit: UNLIKELY_LOGIT + bias });
      }
    }
    candidates.sort((left, right) => right.logit - left.logit || left.token - right.token);
    const [best] = candidates;
    if (best === undefined) throw new RangeError("A sampler needs at least one continuation.");
    return options.temperature < 1e-5 ? best.token : draw(truncate(candidates));
  }

  function penalty(token: number): number {
    const count = counts.get(token) ?? 0;
    return count === 0 ? 0 : options.presencePenalty + count * options.frequencyPenalty;
  }

  /** Softmax at the temperature, then top-k, top-p and min-p over candidates in falling order. */
  function truncate(candidates: readonly Candidate[]): { token: number; weight: number }[] {
    const highest = candidates[0]?.logit ?? 0;
    const weighted = candidates.map(({ token, logit }) => ({
      token,
      weight: Math.exp((logit - highest) / options.temperature),
    }));
    const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
    let mass = 0;
    return weighted.filter(({ weight }, rank) => {
      const kept = rank === 0 || (mass < options.topP && weight >= options.minP);
      mass += weight / total;
      return kept && (options.topK === 0 || rank < options.topK);
    });
  }

  function draw(candidates: readonly { token: number; weight: number }[]): number {
    const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
    let point = random.next() * total;
    let last = 0;
    for (const { token, weight } of candidates) {
      last = token;
      point -= weight;
      if (point < 0) break;
    }
    return last;
  }

  return { pick };
}
