import type { Conversation } from "./conversation.ts";
import type { Phrase, Slots } from "./phrase.ts";
import type { Subject } from "./subject.ts";

/** What the model is about to say: a grammar and the values of its slots. */
export interface Reply {
  readonly phrase: Phrase;
  readonly slots: Slots;
}

/** A request as every kind of answer receives it. */
export interface Question {
  readonly conversation: Conversation;
  /** The last thing the user said. */
  readonly text: string;
  readonly subject: Subject;
  readonly length: AnswerLength;
}

export type AnswerLength = "short" | "medium" | "long";

/** Answers the kind of question it knows, and leaves the others to the next. */
export type Answerer = (question: Question) => Reply | undefined;

/** How long an answer the user asked for. */
export function readLength(text: string): AnswerLength {
  if (/\b(?:one sentence|briefly|in short|short(?:ly)?|concise(?:ly)?|tl;?dr|in a nutshell|in a word)\b/i.test(text)) {
    return "short";
  }
  const words = /\b(\d{2,5})[ -]words?\b/i.exec(text)?.[1];
  if (words !== undefined) return Number(words) >= 200 ? "long" : "medium";
  return /\b(?:long|detailed|in detail|in depth|essay|thorough|comprehensive|at length|several paragraphs)\b/i.test(
    text,
  )
    ? "long"
    : "medium";
}
