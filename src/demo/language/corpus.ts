import { CODE_TASKS, FALLBACK_TASK } from "./code-samples.ts";
import { CONTINUATION_PHRASES } from "./continuation.ts";
import { CAPITAL_NAMES } from "./facts.ts";
import {
  CHEER,
  CLOSINGS,
  GENERAL_FACTS,
  HONEST_FACTS,
  HONEST_OPENERS,
  KNOWN_OPENERS,
  MORE,
  OPEN_REPLIES,
  OPENERS,
  SYMPATHY,
} from "./general-sentences.ts";
import { literalsOf } from "./phrase.ts";
import { REASONING_PHRASES } from "./reasoning.ts";
import { TOPICS } from "./topics/index.ts";

/** Frequent English words, so that ordinary prompts take about one token a word. */
const FREQUENT_WORDS = `the of and to in a is that for it as was with be by on not he his but at are this have from or had
  an they which one you were all her she there would their we him been has when who will no more if out so said what up
  its about than into them can only other time new some could these two may first then do any like my now over such our
  man me even most made after also did many off before must well back through years much where your way down should
  because long each just state those people too mr how little good world make very year still see work great between
  weather city temperature please write explain describe translate summarize list give tell show find search get set
  email name date number price image question answer help thanks hello hi morning today tomorrow user system assistant`;

/** Every text the model is built from: the source of the vocabulary. */
export function corpusTexts(): string[] {
  const phrases = [
    ...TOPICS.flatMap(({ facts, tips }) => [...facts, ...tips]),
    ...OPENERS,
    ...KNOWN_OPENERS,
    ...GENERAL_FACTS,
    ...CLOSINGS,
    ...HONEST_OPENERS,
    ...HONEST_FACTS,
    ...OPEN_REPLIES,
    ...SYMPATHY,
    ...CHEER,
    ...MORE,
    ...REASONING_PHRASES,
    ...CONTINUATION_PHRASES,
  ];
  const items = TOPICS.flatMap((topic) => [topic.name, ...topic.keywords, ...topic.items.flat()]);
  const code = [...CODE_TASKS, FALLBACK_TASK].flatMap(({ summary, samples }) => [summary, ...Object.values(samples)]);
  return [FREQUENT_WORDS, ...phrases.flatMap(literalsOf), ...items, ...CAPITAL_NAMES, ...code];
}
