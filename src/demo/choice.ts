import { type GrammarWalk, type Phrase, type Slots, startWalk } from "./language/index.ts";
import type { Logprobs, SampledToken } from "./logprobs.ts";
import type { Sampler } from "./sampler.ts";
import type { SamplingOptions } from "./sampling-options.ts";
import { createStopFilter } from "./stop-sequences.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** One stretch of an answer: thoughts, the answer itself, or the arguments of one tool call. */
export type Segment =
  | { readonly kind: "reasoning" | "content"; readonly phrase: Phrase; readonly slots: Slots }
  | { readonly kind: "tool"; readonly id: string; readonly name: string; readonly arguments: string };

/** Why a choice ended. Tool calls are told apart by whoever frames the answer. */
export type ChoiceEnd = "stop" | "length";

/** What one step added to a choice. */
export interface ChoiceStep {
  /** Which segment of the plan the text belongs to. */
  readonly segment: number;
  /** Whether this step begins the segment. */
  readonly opens: boolean;
  /** New text; empty while a stop sequence or a half character is held back. */
  readonly text: string;
  /** The tokens behind the text, when log-probabilities are wanted. */
  readonly tokens: readonly SampledToken[];
  readonly end: ChoiceEnd | undefined;
  /** The stop sequence that ended the choice. */
  readonly stopReason: string | undefined;
}

export interface ChoiceOptions {
  readonly plan: readonly Segment[];
  /** What to go on with when the caller does not want an end yet. */
  readonly encore: { readonly phrase: Phrase; readonly slots: Slots };
  readonly sampler: Sampler;
  readonly sampling: SamplingOptions;
  readonly tokenizer: Tokenizer;
  readonly salt: number;
  readonly maxTokens: number;
  readonly stops: readonly string[];
  /** Absent when no log-probabilities are wanted. */
  readonly logprobs: { readonly source: Logprobs; readonly top: number } | undefined;
}

/** One answer in the making. */
export interface ChoiceGeneration {
  /** Makes one token. Not to be called again after a step with an `end`. */
  next(): ChoiceStep;
  readonly counts: { readonly completion: number; readonly reasoning: number };
}

/** A token forced from outside the grammar makes no progress; a generation of nothing else ends after this many. */
const MAX_STRAY_TOKENS = 512;

export function createChoice(options: ChoiceOptions): ChoiceGeneration {
  const { plan, encore, sampler, sampling, tokenizer, maxTokens, logprobs } = options;
  const counts = { completion: 0, reasoning: 0 };
  const stopFilter = createStopFilter(options.stops);
  let decoder = new TextDecoder("utf-8");
  let pending: SampledToken[] = [];
  let stray = 0;
  let index = 0;
  let walk = begin(0);
  let opening = true;

  function begin(at: number): GrammarWalk {
    const segment = plan[at];
    if (segment === undefined) throw new RangeError("A choice needs a plan of at least one segment.");
    return segment.kind === "tool"
      ? startWalk(segment.arguments, {}, options.salt, tokenizer)
      : startWalk(segment.phrase, segment.slots, options.salt + at, tokenizer);
  }

  function next(): ChoiceStep {
    if (counts.completion >= maxTokens) return step("", release(), "length");
    const segment = plan[index];
    if (segment?.kind === "tool" && opening) return openTool();

    const continuations = allowed();
    const token = sampler.pick(continuations);
    if (token === tokenizer.end) return leave("", counts.completion);
    count(segment?.kind);
    if (logprobs !== undefined) {
      pending.push(logprobs.source.describe(token, continuations, counts.completion, logprobs.top));
    }
    if (continuations.some((continuation) => continuation.token === token)) walk.accept(token);
    else stray += 1;

    const decoded = decoder.decode(tokenizer.bytesOf(token), { stream: true });
    if (segment?.kind !== "content") return afterToken(decoded);
    const { text, matched } = stopFilter.push(decoded);
    return matched === undefined ? afterToken(text) : step(text, "", "stop", matched);
  }

  /** The model's continuations, without the end while the caller does not want one. */
  function allowed() {
    const wantsMore = sampling.ignoreEnd || counts.completion < sampling.minTokens;
    if (wantsMore && walk.ended() && index === plan.length - 1 && plan[index]?.kind === "content") {
      walk = startWalk(encore.phrase, encore.slots, options.salt + counts.completion, tokenizer);
    }
    const continuations = walk.continuations();
    if (!wantsMore || continuations.length === 1) return continuations;
    return continuations.filter(({ token }) => token !== tokenizer.end);
  }

  function openTool(): ChoiceStep {
    count("tool");
    const opened = step("", "");
    return walk.ended() ? leave("", counts.completion) : opened;
  }

  function count(kind: Segment["kind"] | undefined): void {
    counts.completion += 1;
    if (kind === "reasoning") counts.reasoning += 1;
  }

  function afterToken(text: string): ChoiceStep {
    if (stray > MAX_STRAY_TOKENS) return step(text, release(), "stop");
    if (walk.ended()) return leave(text, counts.completion);
    return counts.completion >= maxTokens ? step(text, release(), "length") : step(text, "");
  }

  /** The segment is over: go to the next one, or end. */
  function leave(text: string, made: number): ChoiceStep {
    const last = index === plan.length - 1;
    const wantsMore = sampling.ignoreEnd || made < sampling.minTokens;
    if (last && wantsMore && plan[index]?.kind === "content") {
      return made >= maxTokens ? step(text, release(), "length") : step(text, "");
    }
    if (last) return step(text, release(), "stop");
    const closing = step(text, release(), made >= maxTokens ? "length" : undefined);
    index += 1;
    opening = true;
    decoder = new TextDecoder("utf-8");
    walk = begin(index);
    return closing;
  }

  /** Text that was held back for a stop sequence or an unfinished character. */
  function release(): string {
    return plan[index]?.kind === "content"
      ? stopFilter.push(decoder.decode()).text + stopFilter.flush()
      : decoder.decode();
  }

  function step(text: string, released: string, end?: ChoiceEnd, stopReason?: string): ChoiceStep {
    const whole = text + released;
    const opens = opening;
    opening = false;
    const shows = whole !== "" || end !== undefined;
    const tokens = shows ? pending : [];
    if (shows) pending = [];
    return { segment: index, opens, text: whole, tokens, end, stopReason };
  }

  return { next, counts };
}
