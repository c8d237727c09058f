import { subjectSlots } from "./explanation.ts";
import { oneOf, type Phrase, sequence, several } from "./phrase.ts";
import type { Answerer } from "./reply.ts";
import { capitalise, findTopic } from "./subject.ts";
import { proseList } from "./template.ts";
import type { Topic } from "./topics/index.ts";

const OPENINGS = proseList([
  "{Both|Either one} {can|may} be the right {choice|answer}, {depending on|according to} what you {need|value}.",
  "{left} and {right} {overlap|have much in common}, {yet|but} they {ask|call} for different {habits|skills}.",
]);
const POINTS = proseList([
  "**Effort**: {left} {will|may} {often|usually} {ask for|take} more {preparation|setting up}, while {right} can {start|begin} sooner.",
  "**Cost**: with {left} you {tend to|mostly} pay {early|up front}; with {right} the {bill|cost} {comes|arrives} later.",
  "**Flexibility**: {right} {can|will} {bend|adapt} further, and {left} {can|will} hold {firm|steady} for longer.",
  "**Learning**: people {report|find} that {left} {must|has to} be {practised|tried}, whereas {right} can be {read about|explained}.",
  "**Company**: {those|people} who {enjoy|prefer} {left} may {find|call} {right} {too plain|too quiet}, and the other way round.",
  "**Mistakes**: an error with {right} {can|may} be {undone|put right}; with {left} the {effects|traces} {can|may} {linger|last}.",
]);
const VERDICTS = proseList([
  "If in doubt, {try|start with} {right} for a week and see {what you miss|whether you miss {left}}.",
  "My {advice|suggestion}: {choose|take} {left} when {you know|it is clear} what you want, and {right} when you are still {finding out|looking}.",
]);

/** Two things side by side. */
export const answerComparison: Answerer = ({ text, subject }) => {
  const found =
    /\b(?:difference between|compare|choose between|better,?)\s+(.{1,40}?)\s+(?:and|or|with|to|versus|vs\.?)\s+([^?.!,\n]{1,40})/i.exec(
      text,
    ) ??
    /\b([\p{L}\p{N}+#-]{1,30})\s+(?:vs\.?|versus)\s+([\p{L}\p{N}+#-]{1,30})/iu.exec(text) ??
    /\b([\p{L}\p{N}+#-]{1,30}) or ([\p{L}\p{N}+#-]{1,30})\b(?=.*\b(?:better|prefer|which|choose)\b|\?)/iu.exec(text);
  const [left, right] = [found?.[1]?.trim(), found?.[2]?.trim()];
  if (left === undefined || right === undefined) return undefined;
  const [first, second] = [findTopic(left), findTopic(right)];
  const slots = { ...subjectSlots(subject), left: article(left), right: article(right) };
  if (first !== undefined && second !== undefined && first !== second) {
    const sides = sequence(side(left, first), side(right, second));
    return { phrase: sequence(oneOf(OPENINGS), "\n", sides, "\n\n", oneOf(VERDICTS)), slots };
  }
  const points = several(POINTS, 3, (member, ordinal) => sequence(`\n${ordinal === 0 ? "\n" : ""}- `, member));
  return { phrase: sequence(oneOf(OPENINGS), points, "\n\n", oneOf(VERDICTS)), slots };
};

function side(name: string, { facts }: Topic): Phrase {
  return sequence(`\n- **${capitalise(article(name))}**: `, several(facts, 2));
}

function article(name: string): string {
  return name.replace(/^(?:the|an?) /i, "");
}
