import { subjectSlots } from "./explanation.ts";
import { oneOf, type Phrase, sequence, several } from "./phrase.ts";
import type { Answerer, Question, Reply } from "./reply.ts";
import { proseList } from "./template.ts";

const COUPLETS = proseList([
  "The morning came {softly|slowly}, with {frost|light} on the pane,\nand {carried|brought} my thoughts back to {topic} again.",
  "I looked for an answer in {river and stone|shadow and stone},\nand found that no question is ever alone.",
  "The lamps of the harbour were {counting|guarding} the night,\nand each of them folded the dark into light.",
  "A map may be {careful|patient}, a map may be true,\nbut nobody travels by looking it through.",
  "So here is to {topic}, to {small things|plain things} and deep,\nto promises people remember to keep.",
  "The {wind|rain} turned a page that I never had read,\nand wrote in the margin the things left unsaid.",
  "We {measured|counted} the hours, we {measured|counted} the rain,\nand {topic} went by like the sound of a train.",
  "A gate in the garden, a coat on a chair:\nthe world is made mostly of things that are there.",
  "What {starts|began} as a murmur may end as a song,\nif somebody listens, and sings it along.",
  "Let others keep silver, let others keep gold;\nI keep what {my mother|the evening} once told, and retold.",
]);
const FIVE_FIRST = [
  "Rain on the tin roof",
  "Steam above the cup",
  "First light on the sill",
  "An old wooden gate",
  "Footprints in fresh snow",
  "One lamp left burning",
];
const SEVEN = [
  "the clock forgets what it says",
  "somebody hums in the hall",
  "and nothing asks to be said",
  "a heron lifts from the reeds",
  "the letter waits on the desk",
  "a boat turns round on its rope",
];
const FIVE_LAST = [
  "evening takes a seat",
  "and the tea goes cold",
  "the dog sighs and sleeps",
  "then the wind comes back",
  "we open the door",
  "all the bells are late",
];

const JOKES = proseList([
  "Why did the {packet|datagram} bring a map to the party? It had been told that there was more than one route.",
  "I asked the {library|librarian} for a book on patience. They said it {would be|was} back in six weeks.",
  "My {alarm clock|alarm} and I have an agreement: it rings, I {apologise|nod}, and we both go back to sleep.",
  "A semicolon walks into a bar; it could have {stopped|ended}, but it chose to go on.",
  "The tea kettle quit its job. It could not take the pressure, and it {had been steaming|let everyone know}.",
  "Two {sheep|clouds} look at a {fence|weather map}. One says: this is where people decide whether we are interesting.",
]);

const STORY_OPENINGS = proseList([
  "In a {harbour town|village at the end of the line} where the {fog|snow} came early, {hero} kept a {small|narrow} shop that sold {odd buttons|clocks and keys}, and nobody knew that its back room was devoted to {topic}.",
  "{hero} had {never meant|not planned} to {become|be} the one whom people asked about {topic}, but the old {lighthouse keeper|station master} had left {his notebooks|a crate of notes} with {nobody else|no one else in mind}.",
  "On the {first|coldest} morning of {March|November}, {hero} found a {letter|parcel} on the doorstep with a single line on it: ask about {topic}.",
]);
const STORY_MIDDLES = proseList([
  "{For three days|All that week} {hero} walked from door to door, and at each of them {somebody|a neighbour} remembered {a different piece|another part} of it.",
  "There was a {drawer|cupboard} that would not open, a {key|handle} that fitted nothing, and a {cat|child} who {seemed to know|knew} why.",
  "The {baker|ferryman} laughed at the idea, then {stopped|fell silent}, then came back after dark with a {lantern|flask} and the truth.",
  "{Rain|Snow} kept everyone {indoors|at home}, and in the {long|quiet} evenings the pieces began to {fit|fall into place}.",
  "What had looked like a {riddle|puzzle} turned out to be an {invitation|apology} that had {lost its way|arrived forty years late}.",
  "{hero} made {two|three} wrong guesses, and each of them {opened|unlocked} something {better|more useful} than the right one would have.",
]);
const STORY_ENDINGS = proseList([
  "In the end nothing in the town had {changed|moved}, except that people now {stopped|paused} by the little shop, and {talked|stayed}.",
  "{hero} put the {letter|notebook} back where it belonged, left the lamp {on|burning}, and wrote underneath: found.",
  "And when the {first boat|morning train} came in, {hero} was {waiting|there}, with {tea|two cups}, and a story to {tell|pass on}.",
]);
const HEROES = ["Mirela", "Tobias", "Old Anneke", "Jonas", "Ishaan", "Noor", "Wilma", "Teodor"];

/** Poems, haiku, jokes and stories. */
export const answerVerse: Answerer = (question) => {
  const { text } = question;
  if (/\bhaiku\b/i.test(text))
    return { phrase: sequence(oneOf(FIVE_FIRST), ",\n", oneOf(SEVEN), ";\n", oneOf(FIVE_LAST), "."), slots: {} };
  if (/\b(?:poem|verse|rhyme|limerick|sonnet|ode|lyrics)\b/i.test(text)) return poem(question);
  if (/\b(?:joke|something funny|make me laugh|pun)\b/i.test(text)) return { phrase: oneOf(JOKES), slots: {} };
  return /\b(?:story|tale|fairy tale|once upon a time|fiction)\b/i.test(text) ? story(question) : undefined;
};

function poem({ subject, length }: Question): Reply {
  const verses = { short: 1, medium: 3, long: 6 }[length];
  const frame = (member: Phrase, ordinal: number) =>
    ordinal === 0 ? member : sequence(ordinal % 2 === 0 ? "\n\n" : "\n", member);
  return { phrase: several(COUPLETS, verses, frame), slots: subjectSlots(named(subject)) };
}

function story({ subject, length }: Question): Reply {
  const middles = { short: 1, medium: 3, long: 6 }[length];
  const between = length === "short" ? " " : "\n\n";
  const phrase = sequence(
    oneOf(STORY_OPENINGS),
    between,
    several(STORY_MIDDLES, middles),
    between,
    oneOf(STORY_ENDINGS),
  );
  const hero = HEROES[(subject.name.length * 5 + (subject.name.charCodeAt(0) || 0)) % HEROES.length] ?? "Mirela";
  return { phrase, slots: { ...subjectSlots(named(subject)), hero } };
}

function named(subject: Question["subject"]): Question["subject"] {
  return subject.named ? subject : { ...subject, name: "small things" };
}
