import { answerArithmetic } from "./arithmetic.ts";
import { answerCode } from "./code.ts";
import { answerComparison } from "./comparison.ts";
import { type Conversation, lastUserText, userTexts } from "./conversation.ts";
import { answerEcho } from "./echo.ts";
import { explain } from "./explanation.ts";
import { answerCapital } from "./facts.ts";
import { answerLetter } from "./letters.ts";
import { answerList } from "./lists.ts";
import { oneOf, sequence } from "./phrase.ts";
import { type Answerer, type Question, type Reply, readLength } from "./reply.ts";
import { answerSmallTalk } from "./small-talk.ts";
import { findSubject } from "./subject.ts";
import { answerSummary } from "./summary.ts";
import { prose } from "./template.ts";
import { answerFromTools } from "./tool-answer.ts";
import { answerTranslation } from "./translation.ts";
import { answerVerse } from "./verse.ts";

/** From the most particular to the most general; the first that knows the kind of question answers it. */
const ANSWERERS: readonly Answerer[] = [
  answerEcho,
  answerSummary,
  answerTranslation,
  answerLetter,
  answerSmallTalk,
  answerCapital,
  answerCode,
  answerArithmetic,
  answerVerse,
  answerComparison,
  answerList,
];

export function readQuestion(conversation: Conversation): Question {
  const texts = userTexts(conversation);
  const text = lastUserText(conversation);
  return { conversation, text, subject: findSubject(texts), length: readLength(text) };
}

/** Plans the answer to a conversation. */
export function answer(question: Question): Reply {
  const { conversation, text } = question;
  const fromTools = answerFromTools(conversation);
  if (fromTools !== undefined) return fromTools;
  const attachments = conversation.images + conversation.recordings;
  let reply: Reply | undefined;
  if (attachments === 0 || text !== "") reply = firstAnswer(question);
  if (attachments === 0) return reply ?? explain(question);
  const seen = describeAttachments(conversation);
  return reply === undefined
    ? { phrase: seen, slots: {} }
    : { phrase: sequence(seen, " ", reply.phrase), slots: reply.slots };
}

function firstAnswer(question: Question): Reply {
  for (const answerer of ANSWERERS) {
    const reply = answerer(question);
    if (reply !== undefined) return reply;
  }
  return explain(question);
}

function describeAttachments({ images, recordings }: Conversation) {
  const parts = [
    ...(images > 0 ? [images === 1 ? "1 image" : `${images} images`] : []),
    ...(recordings > 0 ? [recordings === 1 ? "1 audio recording" : `${recordings} audio recordings`] : []),
  ];
  return sequence(
    oneOf([prose("{Thank you for|I received|I have} "), prose("{You sent|Your message came with|I can count} ")]),
    parts.join(" and "),
    prose("{, though a demo model cannot look inside|; as a demo model I cannot make out what is in there}."),
  );
}
