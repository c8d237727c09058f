import { sequence } from "./phrase.ts";
import type { Answerer } from "./reply.ts";
import { prose } from "./template.ts";
import { stem, wordsOf } from "./words.ts";

const INTRO = prose("{In short|In brief|The gist}:");
const MIN_LENGTH = 160;
const KEPT = 2;

/** Summarises a text that came with the request by keeping its most typical sentences. */
export const answerSummary: Answerer = ({ text }) => {
  const given = /\b(?:summari[sz]e|summary of|tl;?dr)\b[^\n:]*[:\n]\s*(.+)$/is.exec(text)?.[1];
  if (given === undefined || given.length < MIN_LENGTH) return undefined;
  const sentences = given.split(/(?<=[.!?])\s+/).map((sentence) => sentence.replace(/\s+/g, " ").trim());
  const counts = new Map<string, number>();
  for (const word of wordsOf(given).map(stem)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const scored = sentences.map((sentence, place) => {
    const words = wordsOf(sentence).map(stem);
    const weight = words.reduce((sum, word) => sum + (counts.get(word) ?? 0), 0) / Math.sqrt(words.length + 1);
    return { sentence, place, weight };
  });
  const kept = scored.toSorted((left, right) => right.weight - left.weight).slice(0, KEPT);
  kept.sort((left, right) => left.place - right.place);
  return { phrase: sequence(INTRO, " ", kept.map(({ sentence }) => sentence).join(" ")), slots: {} };
};
