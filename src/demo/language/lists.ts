import { subjectSlots } from "./explanation.ts";
import { GENERAL_FACTS } from "./general-sentences.ts";
import { oneOf, type Phrase, sequence, several } from "./phrase.ts";
import type { Answerer, Question, Reply } from "./reply.ts";
import { capitalise } from "./subject.ts";
import { prose, proseList } from "./template.ts";

const COUNT_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");
const MAX_ENTRIES = 20;
const MAX_COUNTED = 500;

const INTROS = proseList([
  "Here {are|come} {count} {ideas|suggestions} {on|about} {topic}:",
  "{Sure|Of course|Gladly}. {Count} {entries|points} on {topic}:",
  "{Count} {things|thoughts} {about|on} {topic}:",
]);
const ENDINGS = proseList([
  "{Shall|Should} I {say more about|go into} one of them?",
  "The {order|numbering} is not a {ranking|verdict}; {pick|take} what {suits|fits} you.",
  "{Any one|Each} of these {makes|is} a good {start|beginning}.",
]);
const GENERAL_ENTRIES = proseList([
  "**Start small**: {choose|take} one {corner|part} of {topic} and {get to know|learn} it well",
  "**Ask someone who knows**: {half an hour|a short talk} with them {saves|spares you} {weeks|days}",
  "**Write it down**: {notes|a few lines} show you what you have {understood|missed}",
  "**Set a limit**: {decide|settle} beforehand how much time {topic} may take",
  "**Look for patterns**: {three|a few} examples {side by side|together} teach more than one",
  "**Try the opposite**: {it sharpens the eye|you see} what {topic} would be without its {usual|familiar} parts",
  "**Make it visible**: a {sketch|drawing} on one page is {often|usually} enough",
  "**Share it**: {explaining|describing} {topic} to a friend {finds|shows} the gaps",
  "**Compare**: put {two|a couple of} versions next to each other and {name|mark} the differences",
  "**Take a break**: {good|new} ideas {arrive|turn up} when you are not looking",
  "**Keep the sources**: {later|next month} you will {want|need} to know where something came from",
  "**Measure once a week**: {progress|change} is {slow|quiet} and easy to {miss|overlook}",
  "**Leave something out**: {topic} can {become|grow} clearer with {fewer|less} parts",
  "**Finish one thing**: a {small|modest} whole {beats|is worth more than} a {large|grand} half",
]);
const STEPS = proseList([
  "{Decide|Settle} what a good result would look like, and write it {down|in one sentence}.",
  "Gather {what you need|the things you need} before you {begin|start}, so that nothing {stops|interrupts} you {half-way|in the middle}.",
  "{Begin|Start} with the {part|piece} that you {understand|know} best.",
  "Do a {rough|quick} version from {start to finish|beginning to end} before you {polish|refine} anything.",
  "{Check|Test} the result {against|with} somebody who was not {involved|there}.",
  "{Change|Adjust} one thing at a time and {watch|note} what {happens|follows}.",
  "{Note|Write down} what you would do differently {next time|the next time}.",
  "{Rest|Let it rest} for a {day|night}, then look at it {again|with fresh eyes}.",
]);

const STEP_INTRO = prose("{Here is a simple way|A plan that usually works}, {one step at a time|in order}:");
const STEP_ENDING = prose("{Good luck!|Take your time with the first step.|The second time will be {quicker|easier}.}");

/** Numbered lists, steps, and counting. */
export const answerList: Answerer = (question) => {
  const { text } = question;
  const counted = /\bcount\b(?:\s+\w+)?\s+(?:from\s+(\d{1,6})\s+)?(?:up\s+)?to\s+(\d{1,6})\b/i.exec(text);
  if (counted !== null) return count(Number(counted[1] ?? 1), Number(counted[2]));
  if (
    /\bhow (?:do|can|should|would) (?:i|we|you|one)\b|\bhow to\b|\bsteps?\b|\bstep[- ]by[- ]step\b|\b(?:guide|tutorial|recipe)\b/i.test(
      text,
    )
  ) {
    return steps(question);
  }
  const amount = requestedCount(text);
  const asked =
    /\b(?:list|bullets?|bullet points?|enumerate|brainstorm)\b/i.test(text) ||
    (amount !== undefined &&
      /\b(?:ideas?|tips?|ways?|things|examples?|reasons?|facts?|names?|kinds?|types?|suggestions?|books?|points?|options?|questions?|best|top)\b/i.test(
        text,
      )) ||
    /\b(?:give|suggest|recommend|name) (?:me |us )?(?:some|a few|several)\b/i.test(text);
  return asked ? list(question, amount === undefined || amount < 2 ? 5 : amount) : undefined;
};

function requestedCount(text: string): number | undefined {
  const digits = /\b(\d{1,3})\b(?![-\s]?(?:words?|sentences?|paragraphs?|lines?|year|%))/i.exec(text)?.[1];
  const word = COUNT_WORDS.findIndex((name, value) => value > 1 && new RegExp(`\\b${name}\\b`, "i").test(text));
  const amount = digits !== undefined ? Number(digits) : word > 0 ? word : undefined;
  return amount === undefined ? undefined : Math.min(Math.max(amount, 1), MAX_ENTRIES);
}

function list({ subject, text }: Question, amount: number): Reply {
  const facts = /\bfacts?\b/i.test(text);
  const known: readonly Phrase[] = facts
    ? (subject.topic?.facts ?? [])
    : (subject.topic?.items.map(([name, remark]) => `**${name}**: ${remark}`) ?? []);
  const pool = known.length >= amount ? known : [...known, ...(facts ? GENERAL_FACTS : GENERAL_ENTRIES)];
  const bullets = /\bbullet/i.test(text);
  const frame = (member: Phrase, ordinal: number) => sequence(bullets ? "\n- " : `\n${ordinal + 1}. `, member);
  const said = COUNT_WORDS[amount] ?? String(amount);
  const named = subject.named ? subject : { ...subject, name: "what you have in mind" };
  return {
    phrase: sequence(oneOf(INTROS), "\n", several(pool, amount, frame), "\n\n", oneOf(ENDINGS)),
    slots: { ...subjectSlots(named), count: said, Count: capitalise(said) },
  };
}

/** Steps keep their order; what varies is how they are put. */
function steps({ subject, text }: Question): Reply {
  const amount = requestedCount(text) ?? 5;
  const known = subject.topic?.tips ?? [];
  const pool = known.length === 0 || amount > known.length + 1 ? STEPS : known;
  const entries = pool.slice(0, amount).map((step, index) => sequence(`\n${index + 1}. `, step));
  return {
    phrase: sequence(STEP_INTRO, "\n", ...entries, "\n\n", STEP_ENDING),
    slots: subjectSlots(subject),
  };
}

function count(from: number, to: number): Reply | undefined {
  const length = Math.abs(to - from) + 1;
  if (length > MAX_COUNTED) return undefined;
  const step = to >= from ? 1 : -1;
  return { phrase: Array.from({ length }, (_value, index) => from + index * step).join(", "), slots: {} };
}
