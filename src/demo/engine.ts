import { randomUUID } from "node:crypto";
import { corpusTexts, type Reply, speakWhole } from "./language/index.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import type { DemoOptions } from "./options.ts";
import type { Random } from "./random.ts";
import { createTokenizer, type Tokenizer } from "./tokenizer.ts";
import { buildVocabulary, type Vocabulary } from "./vocabulary.ts";

/** What every endpoint works with: the model, its options and the counters. */
export interface Engine {
  readonly options: DemoOptions;
  readonly vocabulary: Vocabulary;
  readonly tokenizer: Tokenizer;
  readonly metrics: Metrics;
  /** Unix seconds of the start. */
  readonly created: number;
  /** What stands in for a seed when the request brings none: different each time unless the engine has a seed. */
  nextSeed(): string;
  /** Speaks a reply at once, for text inside structured answers. */
  speak(reply: Reply, salt: number, random: Random): string;
}

export const FINGERPRINT = "countersign-demo";

export function createEngine(options: DemoOptions): Engine {
  const vocabulary = buildVocabulary(corpusTexts());
  const tokenizer = createTokenizer(vocabulary);
  let requests = 0;

  function nextSeed(): string {
    requests += 1;
    return options.seed === undefined ? randomUUID() : `engine ${options.seed} request ${requests}`;
  }
  function speak(reply: Reply, salt: number, random: Random): string {
    return speakWhole(reply.phrase, reply.slots, salt, tokenizer, random.next);
  }
  return {
    options,
    vocabulary,
    tokenizer,
    metrics: createMetrics(options.model),
    created: Math.floor(Date.now() / 1000),
    nextSeed,
    speak,
  };
}
