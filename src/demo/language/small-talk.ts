import { userTexts } from "./conversation.ts";
import { oneOf } from "./phrase.ts";
import type { Answerer, Question, Reply } from "./reply.ts";
import { prose, proseList } from "./template.ts";
import { TOPICS } from "./topics/index.ts";

const GREETINGS = proseList([
  "{Hello|Hi|Hey} there! {What can I do for you|How can I help|What would you like to talk about}{ today|}?",
  "{Hello|Hi}! {Nice to meet you.|Good to hear from you.} {What is on your mind?|How can I help?}",
  "{Good day|Hello}! {Ask me anything|Go ahead}, I am {listening|all ears}.",
]);
const NAMED_GREETINGS = proseList([
  "{Hello|Hi}, {name}! {Nice to meet you.|A pleasure.} {How can I help?|What would you like to talk about?}",
  "{Hello|Hi} {name}, {good to meet you|welcome}. {What can I do for you?|What is on your mind?}",
]);
const WELLBEING = proseList([
  "I am {well|doing fine}, thank you. {How can I help|What can I do for you}{ today|}?",
  "{All well here|Very well}, thanks for asking. {And you?|How are you?}",
]);
const WELCOMES = proseList([
  "You are {very|most} welcome.",
  "{Any time|My pleasure}. {Is there anything else?|Just ask if there is more.}",
  "{Glad|Happy} {it helped|to help}.",
]);
const FAREWELLS = proseList([
  "{Goodbye|Bye|See you}! {Take care.|Until next time.}",
  "{Take care|All the best}, and {come back|see you} soon.",
]);
const IDENTITY = proseList([
  "I am {Countersign's|the} built-in demo model: a {small|tiny} grammar that {writes|picks} one token at a time. I am here so that you can {try|see} the whole path, from {prompt|request} to {receipt|signature}, without a {real engine|GPU}.",
  "I am a {demo|demonstration} engine, not a large language model. {My sentences come|Everything I say comes} from a {small|hand-written} weighted grammar, {sampled|drawn} token by token.",
]);
const ABILITIES = proseList([
  "I can {chat|talk} about {first}, {second} and {third}, write {lists|short lists}, {stories|little stories} and {bits of code|code snippets}, do sums, call {tools|your tools} and fill in JSON schemas. I am a demo model, so {please|do} not {rely on|trust} me for facts.",
]);
const LIVE = proseList([
  "I {cannot|am not able to} see {live|current} data, {since|because} I am a {small|built-in} demo model. {Give me a tool for it|Pass me a tool that can}, and I will {call|use} it.",
]);

/** Greetings, thanks, farewells, and questions about the model itself. */
export const answerSmallTalk: Answerer = (question) => {
  const { text } = question;
  const short = text.length <= 80;
  if (/\b(?:what(?:'s|’s| is) my name|do you (?:know|remember) my name|who am i)\b/i.test(text))
    return recallName(question);
  if (
    /\b(?:who|what) are you\b|\bwhat(?:'s| is) your name\b|\b(?:which|what) (?:language )?model\b.*\byou\b|\bintroduce yourself\b/i.test(
      text,
    )
  ) {
    return { phrase: oneOf(IDENTITY), slots: {} };
  }
  if (/\bwhat can you do\b|\bhow can you help\b|^help[.!?]?$/i.test(text)) return listAbilities(question);
  const introduced = introducedName(text);
  if (introduced !== undefined && text.length <= 60)
    return { phrase: oneOf(NAMED_GREETINGS), slots: { name: introduced } };
  if (short && /\bhow are you\b|\bhow(?:'s| is) it going\b/i.test(text)) return { phrase: oneOf(WELLBEING), slots: {} };
  if (short && /^(?:thanks|thank you|thx|cheers|great,? thanks)\b[^?]*$/i.test(text))
    return { phrase: oneOf(WELCOMES), slots: {} };
  if (short && /^(?:bye|goodbye|see you|good night|farewell)\b[^?]*$/i.test(text))
    return { phrase: oneOf(FAREWELLS), slots: {} };
  if (
    text === "" ||
    /^(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|yo|ping|test(?:ing)?)(?:\s+(?:there|you|all|world|everyone|again|friend))?[\s,.!]*$/i.test(
      text,
    )
  ) {
    return { phrase: oneOf(GREETINGS), slots: {} };
  }
  if (
    /\b(?:what time is it|what(?:'s| is) the time|today(?:'s)? date|what day is it|weather (?:today|now|tomorrow|in \p{Lu})|weather like|latest news|stock price)/iu.test(
      text,
    )
  ) {
    return { phrase: oneOf(LIVE), slots: {} };
  }
  return undefined;
};

function recallName({ conversation }: Question): Reply {
  const name = userTexts(conversation)
    .map(introducedName)
    .findLast((found) => found !== undefined);
  if (name === undefined) return { phrase: prose("You have not told me your name {yet|so far}."), slots: {} };
  return { phrase: prose("Your name is {name}{.|, as you told me.}"), slots: { name } };
}

/** The name is attacker-controlled: letters only, at most 24 of them. */
function introducedName(text: string): string | undefined {
  return (
    /\b(?:my name is|i am called|i'm called|call me)\s+(\p{L}{1,24})\b/iu.exec(text)?.[1] ??
    /\bI(?:'m| am) (\p{Lu}\p{Ll}{1,23})\b/u.exec(text)?.[1]
  );
}

function listAbilities({ text }: Question): Reply {
  const at = (offset: number) => TOPICS[(text.length * 7 + offset * 11) % TOPICS.length]?.name ?? "tea";
  return { phrase: oneOf(ABILITIES), slots: { first: at(0), second: at(1), third: at(2) } };
}
