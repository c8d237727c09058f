import { subjectSlots } from "./explanation.ts";
import { oneOf, sequence, several } from "./phrase.ts";
import type { Question, Reply } from "./reply.ts";
import { proseList } from "./template.ts";

/** How much the model thinks before it answers. */
export type ReasoningEffort = "minimal" | "low" | "medium" | "high";

const OPENINGS = proseList([
  "The user {asks|wants to know} about {topic}.",
  "{So|Okay}, this is about {topic}.",
  "Let me {read|look at} the {question|request} again: it {concerns|is about} {topic}.",
]);
const THOUGHTS = proseList([
  "{First|To begin with}, what {shape|form} should the answer {have|take}?",
  "A {short|compact} answer {seems|is probably} better than a long one {here|in this case}.",
  "I should {avoid|steer clear of} claims that I {cannot support|am not sure of}.",
  "{Perhaps|Maybe} an example {would help|makes it clearer}.",
  "The {wording|phrasing} {suggests|tells me} that they {want|need} something {practical|they can use}.",
  "There are {two|several} ways to {read|take} this; I will {go with|choose} the {plain|obvious} one.",
  "Is there anything in the {earlier messages|conversation} that {changes|affects} this? {Not really.|I do not think so.}",
  "I {could|might} also {mention|bring up} what {people|beginners} often {get wrong|overlook} about {topic}.",
  "{Wait|Hold on}, {does|would} that {follow|make sense}? {Yes, it does.|I believe so.}",
  "The {tone|style} should be {friendly|plain} and {direct|clear}.",
  "{Let me|I will} {order|sort} the points: the {most useful|important} one first.",
  "{Something|One thing} to {keep|bear} in mind: {topic} may mean different things to different people.",
]);
const ENDINGS = proseList([
  "{Good|All right}, {I can answer now|that is enough to answer}.",
  "{Now|Time} to {write it down|write the answer}.",
]);
const COUNT: Readonly<Record<ReasoningEffort, number>> = { minimal: 0, low: 1, medium: 4, high: 9 };

/** What the model thinks to itself before it answers. */
export function think({ subject }: Question, effort: ReasoningEffort): Reply {
  const thoughts = several(THOUGHTS, COUNT[effort], (member) => sequence(" ", member));
  const name = subject.named ? subject.name : "what was just said";
  return {
    phrase: sequence(oneOf(OPENINGS), thoughts, " ", oneOf(ENDINGS)),
    slots: subjectSlots({ ...subject, name }),
  };
}

export const REASONING_PHRASES = [...OPENINGS, ...THOUGHTS, ...ENDINGS];
