import { TOPICS, type Topic } from "./topics/index.ts";
import { stem, wordsOf } from "./words.ts";

/** What a message is about. */
export interface Subject {
  /** As it stands in the middle of a sentence: "black holes", "the history of bicycles". */
  readonly name: string;
  /** What the corpus knows of it. */
  readonly topic: Topic | undefined;
  /** Whether the message named a subject at all. */
  readonly named: boolean;
}

/** The longest subject that is repeated to the user, in words and in UTF-16 units. */
const MAX_WORDS = 7;
const MAX_LENGTH = 64;

/** What stands before the subject in a request or a question; the subject is what follows. */
const LEAD_IN =
  /\b(?:about|explain|describe|define|regarding|concerning|discuss|introduce|summari[sz]e|help(?: me)? with|what(?:'s|’s| is| are| was| were)|who(?:'s|’s| is| are| was| were)|how (?:do|does|can|should|would|to)(?: (?:i|you|we|one))?(?: learn| start| begin| make| build| write| use)?|how (?:is|are|was|were)|why (?:is|are|do|does|did|can|should|was|were)|(?:write|compose|tell|give|show|make|create|list|suggest|name|recommend|plan)(?: me| us)?)\s+(.+)/is;
const TRAILING =
  /\s+(?:to (?:a|an|my|me)\b.*|for (?:me|us|a|an|my|beginners)\b.*|in (?:detail|depth|short|brief|simple|one|two|three|plain|a few|\d+)\b.*|with (?:examples?|code)\b.*|as (?:json|a list|a table)\b.*|(?:that|which|who|so|because|asking|using)\b.*|please\b.*|briefly|work|works|mean|means|happens?|important|like|formed|made|built|created|there|today|tonight)$/is;
const LEADING =
  /^(?:how many|how much|how|why|what|when|where|whether|of|on|about|for|that|which|is|are|it|some|any|my|your|our|of the|the difference between)\s+/i;
const SHAPE =
  /^(?:(?:an?|the|some)\s+)?(?:(?:\d+|two|three|four|five|six|seven|eight|nine|ten|a few|few|several|some|short|long|brief|funny|quick|simple|nice|little|interesting|good|great|best|detailed|top|bullet|main|key|numbered|bulleted|one|small|single)[\s-]+)*(?:list|lists|story|stories|poem|poems|haiku|limerick|essay|paragraphs?|sentences?|words?|jokes?|facts?|things|tips?|points?|ideas?|examples?|ways?|steps?|reasons?|names?|article|summary|overview|introduction|letter|email|types?|kinds?|something|more|recipe|recommendations?)\b(?:\s+(?:about|on|of|for|to|with|why|that|which|how))*\s*/i;
/** Signs that a phrase is a clause, not the name of something. */
const CLAUSE =
  /\b(?:i|you|we|he|she|they|it|me|us|my|your|am|is|are|was|were|can|could|should|would|will|do|does|did|have|has|had|feel|won|safe|translate|write|compare|help|try|make|want|need|blue|continue|else|again)\b/i;

/** Finds what the newest message is about, looking back when it names nothing ("tell me more"). */
export function findSubject(texts: readonly string[]): Subject {
  for (const text of texts.toReversed()) {
    const subject = readSubject(text);
    if (subject.named) return subject;
  }
  return { name: "that", topic: undefined, named: false };
}

function readSubject(text: string): Subject {
  const phrase = readPhrase(text);
  const topic = findTopic(phrase) ?? findTopic(text);
  const isClause = CLAUSE.test(phrase) || (topic !== undefined && /\b(?:why|how) (?:do|does|did|can)\b/i.test(text));
  if (wordsOf(phrase).length > 0 && !isClause) return { name: phrase, topic, named: true };
  return topic === undefined ? { name: "that", topic, named: false } : { name: topic.name, topic, named: true };
}

/** The noun phrase that the message asks about, as well as a few patterns can tell. */
function readPhrase(text: string): string {
  // The message is attacker-controlled: it arrives cut to a few thousand characters, and only its first plain line is used.
  const sentence = mainSentence(text);
  const led = LEAD_IN.exec(sentence)?.[1];
  if (led === undefined && sentence.split(/\s+/).length > MAX_WORDS) return "";
  let phrase = led ?? sentence;
  phrase = phrase
    .replace(/[?!.,;:"“”()[\]{}<>`*#|\\]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  for (let rounds = 0; rounds < 3; rounds += 1) {
    phrase = phrase.replace(TRAILING, "").replace(SHAPE, "").replace(LEADING, "").trim();
  }
  const again = /\babout\s+(.+)$/i.exec(phrase)?.[1] ?? phrase;
  const words = again.split(" ").slice(0, MAX_WORDS);
  while (words.length > 0 && wordsOf(words.at(-1) ?? "").length === 0) words.pop();
  return lowerFirst(words.join(" ").slice(0, MAX_LENGTH).trim());
}

/** The sentence with the request in it: the last question, or else the first sentence. */
function mainSentence(text: string): string {
  const sentences = text.split(/(?<=[.?!])\s+|\n+/).filter((part) => part.trim() !== "");
  const asked = sentences.filter((part) => part.trim().endsWith("?")).at(-1);
  return (asked ?? sentences.find((part) => LEAD_IN.test(part)) ?? sentences[0] ?? "").slice(0, 400);
}

/** The topic of the corpus that most words of a text belong to. */
export function findTopic(text: string): Topic | undefined {
  const words = wordsOf(text).map(stem);
  let best: { topic: Topic; hits: number; first: number } | undefined;
  for (const topic of TOPICS) {
    const places = topic.keywords.map((keyword) => words.indexOf(stem(keyword))).filter((place) => place >= 0);
    const [hits, first] = [places.length, Math.min(...places)];
    const better = best === undefined ? hits > 0 : hits > best.hits || (hits === best.hits && first < best.first);
    if (better) best = { topic, hits, first };
  }
  return best?.topic;
}

/** A name keeps its capital, a word at the start of a sentence loses it. */
function lowerFirst(phrase: string): string {
  return /^\p{Lu}\p{Ll}+(?:\s\p{Ll}|$)/u.test(phrase) &&
    TOPICS.some(({ keywords }) => keywords.includes(stem(phrase.split(" ")[0]?.toLowerCase() ?? "")))
    ? phrase.charAt(0).toLowerCase() + phrase.slice(1)
    : phrase;
}

export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
