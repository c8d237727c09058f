import type { SampledToken } from "./logprobs.ts";
import { mixWords } from "./random.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** The `logprobs` of the completions endpoint, reported piece by piece; offsets run on from piece to piece. */
export interface CompletionLogprobs {
  /** Reports echoed prompt tokens and then generated ones; null when no log-probabilities are wanted. */
  describe(echoed: readonly number[], generated: readonly SampledToken[]): object | null;
}

export function createCompletionLogprobs(tokenizer: Tokenizer, top: number | undefined): CompletionLogprobs {
  let offset = 0;
  let first = true;

  function describe(echoed: readonly number[], generated: readonly SampledToken[]): object | null {
    if (top === undefined || echoed.length + generated.length === 0) return null;
    const report = {
      text_offset: [] as number[],
      token_logprobs: [] as (number | null)[],
      tokens: [] as string[],
      top_logprobs: [] as (Record<string, number> | null)[],
    };
    let previous = 0;
    for (const token of echoed) {
      // Nothing predicts the first token of a text.
      const logprob = first ? null : promptLogprob(previous, token);
      add(token, logprob, logprob === null ? null : { [tokenizer.textOf(token)]: logprob });
      previous = token;
    }
    for (const { token, logprob, top: alternatives } of generated) {
      const named: Record<string, number> = Object.fromEntries(
        alternatives.map((other) => [tokenizer.textOf(other.token), other.logprob]),
      );
      named[tokenizer.textOf(token)] ??= logprob;
      add(token, logprob, named);
    }
    return report;

    function add(token: number, logprob: number | null, alternatives: Record<string, number> | null): void {
      const text = tokenizer.textOf(token);
      report.text_offset.push(offset);
      report.tokens.push(text);
      report.token_logprobs.push(logprob);
      report.top_logprobs.push(alternatives);
      offset += text.length;
      first = false;
    }
  }

  return { describe };
}

/** The grammar reads prompts without scoring them: a fixed, plausible value for each pair of tokens stands in. */
function promptLogprob(previous: number, token: number): number {
  return -0.02 - 7 * (mixWords(previous, token) / 4294967296) ** 2;
}
