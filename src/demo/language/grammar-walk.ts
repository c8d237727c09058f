import { mixWords } from "../random.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { type Phrase, type Slots, sequence } from "./phrase.ts";

/** A token that may come next, with its probability under the model. */
export interface Continuation {
  readonly token: number;
  readonly probability: number;
}

/** A position in a phrase that is being spoken token by token. */
export interface GrammarWalk {
  /** What may come next, probabilities summing to 1; the tokenizer's end token stands for the end of the text. */
  continuations(): readonly Continuation[];
  /** Takes one of the continuations. Any other token leaves the walk where it is. */
  accept(token: number): void;
  /** Whether the only thing left is the end. */
  ended(): boolean;
}

interface Frame {
  readonly phrase: Phrase;
  readonly below: Frame | undefined;
}

/** One way the text so far can have come about. Several are alive while sentences share their first words. */
interface Hypothesis {
  readonly weight: number;
  readonly tokens: readonly number[];
  readonly position: number;
  readonly stack: Frame | undefined;
  /** A space that belongs to the next word. */
  readonly carry: string;
  readonly path: number;
}

/** The most ways of reading the text so far that are followed at once; the least likely are dropped. */
const MAX_HYPOTHESES = 1024;
/** How far the prompt pulls equally good options apart: weights vary by up to e^±PULL. */
const PULL = 0.9;

/**
 * Starts a walk. `salt` is a digest of the prompt: it shifts the weights of choices, so that different prompts have
 * different likely answers even when sampling is greedy.
 */
export function startWalk(phrase: Phrase, slots: Slots, salt: number, tokenizer: Tokenizer): GrammarWalk {
  let alive: readonly Hypothesis[] = unfold([
    { weight: 1, tokens: [], position: 0, stack: { phrase, below: undefined }, carry: "", path: salt },
  ]);

  function unfold(waiting: Hypothesis[]): Hypothesis[] {
    const ready: Hypothesis[] = [];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next.position < next.tokens.length) {
        ready.push(next);
        continue;
      }
      const frame = next.stack;
      if (frame === undefined) ready.push(finish(next));
      else waiting.push(...expand(next, frame));
    }
    if (ready.length <= MAX_HYPOTHESES) return ready;
    return ready.sort((left, right) => right.weight - left.weight).slice(0, MAX_HYPOTHESES);
  }

  function finish(hypothesis: Hypothesis): Hypothesis {
    const tokens = hypothesis.carry === "" ? [tokenizer.end] : tokenizer.encode(hypothesis.carry);
    return { ...hypothesis, tokens, position: 0, carry: "" };
  }

  function expand(hypothesis: Hypothesis, frame: Frame): Hypothesis[] {
    const { phrase: symbol, below } = frame;
    if (typeof symbol === "string") return [speak(hypothesis, symbol, below)];
    switch (symbol.kind) {
      case "slot": {
        const value = slots[symbol.name];
        if (value === undefined) throw new Error(`The slot "${symbol.name}" has no value in this reply.`);
        return [speak(hypothesis, value, below)];
      }
      case "sequence": {
        let stack = below;
        for (const part of symbol.parts.toReversed()) stack = { phrase: part, below: stack };
        return [{ ...hypothesis, stack }];
      }
      case "choice":
        return branch(hypothesis, symbol.options, below);
      case "several": {
        if (symbol.used.length >= symbol.count) return [{ ...hypothesis, stack: below }];
        const options: Phrase[] = [];
        symbol.pool.forEach((member, index) => {
          if (symbol.used.includes(index)) return;
          const rest: Phrase = { ...symbol, used: [...symbol.used, index] };
          options.push(sequence(symbol.frame(member, symbol.used.length), rest));
        });
        return branch(hypothesis, options, below);
      }
    }
  }

  function speak(hypothesis: Hypothesis, text: string, stack: Frame | undefined): Hypothesis {
    const whole = hypothesis.carry + text;
    const carry = stack !== undefined && whole.endsWith(" ") ? " " : "";
    const spoken = carry === "" ? whole : whole.slice(0, -1);
    return { ...hypothesis, tokens: tokenizer.encode(spoken), position: 0, stack, carry };
  }

  function branch(hypothesis: Hypothesis, options: readonly Phrase[], below: Frame | undefined): Hypothesis[] {
    const pulls = options.map((_option, index) => {
      const path = mixWords(hypothesis.path, index + 1);
      return { path, pull: Math.exp(PULL * ((path / 4294967296) * 2 - 1)) };
    });
    const total = pulls.reduce((sum, { pull }) => sum + pull, 0);
    return options.map((option, index) => {
      const { path, pull } = pulls[index] ?? { path: hypothesis.path, pull: 1 };
      return { ...hypothesis, weight: (hypothesis.weight * pull) / total, stack: { phrase: option, below }, path };
    });
  }

  function continuations(): readonly Continuation[] {
    const [first] = alive;
    if (alive.length === 1 && first !== undefined) return [{ token: tokenAt(first), probability: 1 }];
    const weights = new Map<number, number>();
    let total = 0;
    for (const hypothesis of alive) {
      const token = tokenAt(hypothesis);
      weights.set(token, (weights.get(token) ?? 0) + hypothesis.weight);
      total += hypothesis.weight;
    }
    return Array.from(weights, ([token, weight]) => ({ token, probability: weight / total }));
  }

  function accept(token: number): void {
    const kept = alive.filter((hypothesis) => tokenAt(hypothesis) === token);
    if (kept.length === 0 || token === tokenizer.end) return;
    const total = kept.reduce((sum, hypothesis) => sum + hypothesis.weight, 0);
    alive = unfold(
      kept.map((hypothesis) => ({
        ...hypothesis,
        weight: hypothesis.weight / total,
        position: hypothesis.position + 1,
      })),
    );
  }

  function ended(): boolean {
    return alive.every((hypothesis) => tokenAt(hypothesis) === tokenizer.end);
  }

  function tokenAt(hypothesis: Hypothesis): number {
    return hypothesis.tokens[hypothesis.position] ?? tokenizer.end;
  }

  return { continuations, accept, ended };
}

/** Speaks a whole phrase at once, taking each token with its probability under `draw` (numbers in [0, 1)). */
export function speakWhole(
  phrase: Phrase,
  slots: Slots,
  salt: number,
  tokenizer: Tokenizer,
  draw: () => number,
): string {
  const walk = startWalk(phrase, slots, salt, tokenizer);
  const tokens: number[] = [];
  while (!walk.ended()) {
    const token = takeOne(walk.continuations(), draw());
    if (token === tokenizer.end) break;
    tokens.push(token);
    walk.accept(token);
  }
  return tokenizer.decode(tokens);
}

function takeOne(continuations: readonly Continuation[], point: number): number {
  let left = point;
  let last = 0;
  for (const { token, probability } of continuations) {
    last = token;
    left -= probability;
    if (left < 0) break;
  }
  return last;
}
