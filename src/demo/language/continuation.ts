import { evaluate } from "./arithmetic.ts";
import { subjectSlots } from "./explanation.ts";
import { findCapital } from "./facts.ts";
import { GENERAL_FACTS } from "./general-sentences.ts";
import { oneOf, type Phrase, sequence, several } from "./phrase.ts";
import type { Reply } from "./reply.ts";
import { findSubject } from "./subject.ts";
import { proseList } from "./template.ts";

const AFTER_VERB = proseList([
  "{not as simple as it looks|simpler than it looks}.",
  "{a matter of|mostly a question of} {patience|practice} and {good light|a steady hand}.",
  "{easy to admire|hard to describe} and {hard|harder still} to {imitate|forget}.",
  "{something|a thing} that {most people|many of us} {learn|find out} {late|by accident}.",
]);
const AFTER_ARTICLE = proseList([
  "{quiet|narrow|old} {street|harbour|room} where {nobody|no one} {hurried|was in a hurry}.",
  "{letter|photograph|key} that had been {lost|forgotten} for {years|a decade}.",
  "{long|slow} {afternoon|journey} {ended|came to an end} with {rain|laughter}.",
]);
const AFTER_TO = proseList([
  "{listen|wait} {longer|a little longer} than {others|everyone else}.",
  "{begin|start} again, {more slowly|with better tools}.",
  "{see|find out} what {would happen|came next}.",
]);
const AFTER_COMMA = proseList([
  "and {nobody|no one} {seemed|was} {surprised|to mind}.",
  "which {explains|says} {a good deal|more than it seems}.",
  "there {lived|was} {an old clockmaker|a lighthouse keeper} who {spoke|talked} {only|mostly} to the {sea|gulls}.",
]);
const AFTER_WORD = proseList([
  "{and|but} {then|at last} {stopped|came to rest} by the {window|water}.",
  "in the {early|grey} light of the {morning|harbour}.",
  "{with|without} much {thought|ceremony}, as {people|one} {will|does} when it {rains|is late}.",
  "because {somebody|someone} had {left|kept} the {door|gate} open.",
]);
const STORY_TAILS = proseList([
  "there {lived|was} {an old clockmaker|a lighthouse keeper|a girl with a paper boat} who {could|was able to} {hear|remember} every {clock|tide} in the {town|valley}.",
]);

/** The endings that a text cut off in mid-sentence can have, by how it stops. */
export const CONTINUATION_PHRASES = [
  ...AFTER_VERB,
  ...AFTER_ARTICLE,
  ...AFTER_TO,
  ...AFTER_COMMA,
  ...AFTER_WORD,
  ...STORY_TAILS,
];

/** Goes on where a text stops, for the completions endpoint. */
export function continueText(prompt: string): Reply {
  const subject = findSubject([prompt.slice(-2048)]);
  const more = several(
    [...(subject.topic?.facts ?? []), ...GENERAL_FACTS.filter((_fact, index) => index % 2 === 0)],
    10,
  );
  const start = sequence(startFor(prompt.slice(-400)), " ", more);
  return { phrase: start, slots: subjectSlots({ ...subject, name: subject.topic?.name ?? "the whole matter" }) };
}

function startFor(tail: string): Phrase {
  const gap = /\s$/.test(tail) || tail === "" ? "" : " ";
  const text = tail.trimEnd();
  const added = /\bdef \w{1,40}\((\w{1,40}), (\w{1,40})\):$/.exec(text);
  if (added !== null) return `\n    return ${added[1]} + ${added[2]}\n`;
  const country = /\bcapital of (?:the )?(\p{L}+(?: \p{L}+)?) is$/iu.exec(text)?.[1];
  const capital = findCapital(country ?? "")?.capital;
  if (capital !== undefined) return sequence(gap, `${capital}.`);
  const sum = /(\d[\d\s.+*/()^-]*[\d)])\s*=$/.exec(text)?.[1];
  const result = sum === undefined ? undefined : evaluate(sum);
  if (result !== undefined) return sequence(gap, `${result}.`);
  if (text === "" || /[.!?:"”)]$/.test(text)) return sequence(gap, oneOf(GENERAL_FACTS));
  if (/\bonce upon a time,?$/i.test(text)) return sequence(gap, oneOf(STORY_TAILS));
  if (/\b(?:is|are|was|were|be|seems|became)$/i.test(text)) return sequence(gap, oneOf(AFTER_VERB));
  if (/\b(?:the|an?|my|his|her|their|our|this)$/i.test(text)) return sequence(gap, oneOf(AFTER_ARTICLE));
  if (/\bto$/i.test(text)) return sequence(gap, oneOf(AFTER_TO));
  if (/[,;]$/.test(text)) return sequence(gap, oneOf(AFTER_COMMA));
  return sequence(gap, oneOf(AFTER_WORD));
}
