import type { Answerer } from "./reply.ts";
import { prose } from "./template.ts";

const LANGUAGES = ["french", "german", "spanish", "italian", "portuguese", "dutch"];
/** English, then the languages in the order above. */
const PHRASE_BOOK = [
  "hello|bonjour|hallo|hola|ciao|olá|hallo",
  "good morning|bonjour|guten Morgen|buenos días|buongiorno|bom dia|goedemorgen",
  "good evening|bonsoir|guten Abend|buenas tardes|buonasera|boa noite|goedenavond",
  "good night|bonne nuit|gute Nacht|buenas noches|buonanotte|boa noite|welterusten",
  "thank you|merci|danke|gracias|grazie|obrigado|dank je",
  "please|s'il vous plaît|bitte|por favor|per favore|por favor|alsjeblieft",
  "goodbye|au revoir|auf Wiedersehen|adiós|arrivederci|adeus|tot ziens",
  "yes|oui|ja|sí|sì|sim|ja",
  "no|non|nein|no|no|não|nee",
  "how are you|comment allez-vous|wie geht es Ihnen|¿cómo está?|come sta|como está|hoe gaat het",
  "i love you|je t'aime|ich liebe dich|te quiero|ti amo|eu amo-te|ik hou van je",
  "hello world|bonjour le monde|hallo Welt|hola mundo|ciao mondo|olá mundo|hallo wereld",
  "cat|chat|Katze|gato|gatto|gato|kat",
  "dog|chien|Hund|perro|cane|cão|hond",
  "water|eau|Wasser|agua|acqua|água|water",
  "bread|pain|Brot|pan|pane|pão|brood",
].map((line) => line.split("|"));

const FOUND = prose("{In {language}, that is|The {language} is}: {translation}");
const MISSING = prose(
  "My {phrase book|little phrase book} {does not go that far|is only a page long}, {so I would be guessing|and I would rather not guess}. A {larger|real} model behind this gateway {can|will} translate it for you.",
);

/** Translates what a one-page phrase book has, and says so when it has not. */
export const answerTranslation: Answerer = ({ text }) => {
  const asked =
    /\btranslate\s+(.{1,200}?)\s+(?:in)?to\s+(\p{L}+)/isu.exec(text) ??
    /\bhow (?:do|would|can) (?:you|i|we) say\s+(.{1,200}?)\s+in\s+(\p{L}+)/isu.exec(text);
  if (asked === null) return /^translate\b/i.test(text) ? { phrase: MISSING, slots: {} } : undefined;
  const language = asked[2]?.toLowerCase() ?? "";
  const wanted = (asked[1] ?? "")
    .replace(/^["'“‘]|["'”’.?!]+$/g, "")
    .trim()
    .toLowerCase();
  const column = LANGUAGES.indexOf(language) + 1;
  const translation = column === 0 ? undefined : PHRASE_BOOK.find(([english]) => english === wanted)?.[column];
  if (translation === undefined) return { phrase: MISSING, slots: {} };
  return { phrase: FOUND, slots: { language: language.charAt(0).toUpperCase() + language.slice(1), translation } };
};
