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
import { literalsOf, oneOf, type Phrase, sequence, several } from "./phrase.ts";
import type { AnswerLength, Question, Reply } from "./reply.ts";
import { capitalise, type Subject } from "./subject.ts";
import { stem, wordsOf } from "./words.ts";

const FACTS: Readonly<Record<AnswerLength, number>> = { short: 1, medium: 3, long: 4 };

/** The slots that every sentence about a subject may use. */
export function subjectSlots(subject: Subject): { topic: string; Topic: string } {
  return { topic: subject.name, Topic: capitalise(subject.name) };
}

const FACTUAL = /\b(?:who|when|where|which year|how (?:many|much|old|far|tall|long|big))\b/i;
const UNHAPPY =
  /\bI(?:'m| am| feel| was)\b.*\b(?:sad|tired|lonely|anxious|stressed|worried|depressed|unhappy|exhausted|afraid|bored)\b/i;
const HAPPY = /\bI(?:'m| am| feel)\b.*\b(?:happy|great|excited|glad|proud|wonderful)\b/i;

/** Explains a subject in one or more paragraphs: the answer when no more particular one fits. */
export function explain({ subject, length, text }: Question): Reply {
  const slots = subjectSlots(subject);
  if (UNHAPPY.test(text)) return { phrase: oneOf(SYMPATHY), slots };
  if (HAPPY.test(text)) return { phrase: oneOf(CHEER), slots };
  if (subject.topic === undefined && FACTUAL.test(text)) {
    return { phrase: sequence(oneOf(HONEST_OPENERS), " ", several(HONEST_FACTS, 2)), slots };
  }
  if (!subject.named) return { phrase: oneOf(OPEN_REPLIES), slots };
  const body = factsFor(subject, text, FACTS[length]);
  if (length === "short") return { phrase: body, slots };

  const openers = subject.topic === undefined ? OPENERS : KNOWN_OPENERS;
  const first = sequence(oneOf(openers), " ", body);
  if (length === "medium") return { phrase: sequence(first, " ", oneOf(CLOSINGS)), slots };
  const general = sequence("\n\n", oneOf(MORE.slice(2)), several(GENERAL_FACTS, 4));
  const advice = subject.topic === undefined ? [] : ["\n\nA few pieces of advice. ", several(subject.topic.tips, 3)];
  return { phrase: sequence(first, general, ...advice, "\n\n", oneOf(CLOSINGS)), slots };
}

/** Facts about the subject; one that shares a word with the question, beyond the topic's own keywords, comes first. */
function factsFor({ topic }: Subject, text: string, count: number): Phrase {
  if (topic === undefined) return several(GENERAL_FACTS, count);
  const asked = new Set(wordsOf(text).map(stem));
  const ranked = topic.facts.map((fact) => {
    const words = new Set(wordsOf(literalsOf(fact).join(" ")).map(stem));
    return { fact, shared: [...asked].filter((word) => words.has(word)).length };
  });
  const most = Math.max(...ranked.map(({ shared }) => shared));
  const closest = ranked.filter(({ shared }) => shared === most).map(({ fact }) => fact);
  if (most === 0 || closest.length === topic.facts.length || count === 1)
    return several(most === 0 ? topic.facts : closest, count);
  const [first] = closest;
  const rest = topic.facts.filter((fact) => fact !== first);
  return first === undefined ? several(topic.facts, count) : sequence(first, " ", several(rest, count - 1));
}

/** Another paragraph, for callers that do not want the text to end yet. */
export function goOn(subject: Subject): Reply {
  const facts = [...(subject.topic?.facts ?? []), ...GENERAL_FACTS];
  return { phrase: sequence("\n\n", several(facts, Math.min(facts.length, 12))), slots: subjectSlots(subject) };
}

/** One sentence on a subject, for the strings inside structured answers. */
export function oneSentence(subject: Subject): Reply {
  return { phrase: oneOf(subject.topic?.facts ?? GENERAL_FACTS), slots: subjectSlots(subject) };
}
