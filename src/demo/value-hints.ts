import type { Suggest } from "./json-schema-writer.ts";
import { findExpression, type Question, stem, wordsOf } from "./language/index.ts";
import type { Random } from "./random.ts";

const PLACES = ["Lisbon", "Oslo", "Kyoto", "Montréal", "Cape Town", "Helsinki"];
const PEOPLE = ["Mirela Stone", "Jonas Weber", "Noor Haddad", "Wilma Lind", "Teodor Klein"];
const COUNTRIES = ["Portugal", "Norway", "Japan", "Canada", "South Africa"];
const COLOURS = ["teal", "amber", "violet", "moss green", "brick red"];
const EMAIL = /[\w.+-]{1,64}@[\w.-]{1,255}\w/;
/** Words that start a sentence with a capital and are no places. */
const NOT_PLACES =
  /^(?:What|Who|Where|When|Why|How|Is|Are|Do|Does|Can|Could|Please|The|Tell|Give|Get|Find|Show|I|Use|Call|Celsius|Fahrenheit|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)$/;

/** Finds values for properties in what the user said, and otherwise invents ones that suit the property's name. */
export function createValueHints(question: Question, sentence: () => string, random: Random, place?: string): Suggest {
  const { text, subject } = question;
  const places = place === undefined ? placesIn(text) : [place];
  const numbers = (text.match(/(?<![\w.])-?\d{1,12}(?:\.\d{1,6})?(?!\w)/g) ?? []).map(Number);
  const words = new Set(wordsOf(text).map(stem));
  const name = subject.named ? subject.name : "a quiet morning";
  const uses = new Map<string, number>();
  let taken = 0;

  return (property, type) => {
    const key = property.toLowerCase();
    if (key.startsWith("=")) return mentions(key.slice(1));
    if (type === "number" || type === "integer") return numberFor(key, type);
    if (type === "boolean") return undefined;
    return said(property) ?? textFor(key);
  };

  function mentions(option: string): boolean {
    const parts = wordsOf(option.replace(/[_-]/g, " ")).map(stem);
    return parts.length > 0 && parts.every((part) => words.has(part));
  }

  /** What follows the property's own name in the message: "title: X", "the name is X". */
  function said(property: string): string | undefined {
    const plain = property
      .replace(/([a-z])([A-Z])/g, "$1 $2")
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
    if (plain === "" || plain.length > 40) return undefined;
    const found = new RegExp(
      `\\b${plain.replace(/ /g, "[ _]")}\\b\\s*(?:is|=|:)\\s*["“']?([^"”'\\n,;.?]{1,80})`,
      "iu",
    ).exec(text)?.[1];
    if (found !== undefined) return found.trim();
    const name = `\\b${plain.replace(/ /g, "[ _]")}`;
    return new RegExp(`${name}\\s+["“']([^"”'\\n]{1,200})`, "iu").exec(text)?.[1] ?? capitalisedAfter(name);
  }

  function capitalisedAfter(name: string): string | undefined {
    const found = new RegExp(`${name}\\s+(\\S{1,40})`, "iu").exec(text)?.[1];
    return found !== undefined && /^\p{Lu}/u.test(found) ? found.replace(/[.,;?!]+$/, "") : undefined;
  }

  function numberFor(key: string, type: "number" | "integer"): number | undefined {
    const found = numbers[taken];
    if (found !== undefined && (type === "number" || Number.isInteger(found))) {
      taken += 1;
      return found;
    }
    if (/year/.test(key)) return 1950 + random.below(75);
    if (/\bage\b|_age|age_/.test(key)) return 18 + random.below(60);
    if (/rating|stars/.test(key)) return 1 + random.below(5);
    if (/confidence|probability|score|ratio/.test(key))
      return type === "integer" ? 1 + random.below(10) : Math.round(50 + random.next() * 50) / 100;
    if (/latitude|\blat\b/.test(key)) return 38.72;
    if (/longitude|\b(?:lon|lng)\b/.test(key)) return -9.14;
    return undefined;
  }

  function textFor(key: string): string {
    if (/e-?mail/.test(key)) return EMAIL.exec(text)?.[0] ?? "mirela@example.com";
    if (/^to$|recipient/.test(key) && EMAIL.test(text)) return EMAIL.exec(text)?.[0] ?? "";
    if (/url|uri|link|website/.test(key))
      return /https?:\/\/[^\s"'<>]{1,512}/.exec(text)?.[0] ?? "https://example.com/notes";
    if (/date|day|when|deadline/.test(key))
      return /\d{4}-\d\d-\d\d/.exec(text)?.[0] ?? `2026-05-${10 + (use("date") % 19)}`;
    if (/expression|formula|equation|calculation/.test(key)) return findExpression(text) ?? "2 + 2";
    if (/city|location|place|town|destination|origin|address/.test(key)) return takePlace();
    if (/country|nation/.test(key)) return random.pick(COUNTRIES);
    if (/colou?r/.test(key)) return random.pick(COLOURS);
    if (/author|person|user_?name|full_?name|first_?name|speaker|recipient|participant|^to$/.test(key))
      return personIn() ?? random.pick(PEOPLE);
    if (/^name$/.test(key)) return personIn() ?? capitalised(name);
    if (/time/.test(key)) return "09:30";
    if (/currency/.test(key)) return /\b(?:EUR|USD|GBP|JPY|CHF)\b/.exec(text)?.[0] ?? "EUR";
    if (/unit/.test(key)) return "metric";
    if (/(?:^|_)id$/.test(key)) return `item-${1 + random.below(900)}`;
    if (/query|search|keyword|^q$|topic|subject|term/.test(key)) return name;
    if (/title|headline|label|heading/.test(key)) return capitalised(use("title") === 0 ? name : nextItem());
    if (/question|prompt|input/.test(key)) return text.slice(0, 200) || name;
    if (/tag|category|genre|kind|type/.test(key)) return nextTag();
    if (
      /step|explanation|description|summary|reason|answer|note|detail|comment|output|point|fact|sentence|response|idea/.test(
        key,
      )
    )
      return sentence();
    if (/code/.test(key)) return "A1";
    return quoted() ?? (subject.topic === undefined ? name : nextItem());
  }

  /** How often something of this kind has been written already. */
  function use(kind: string): number {
    const count = uses.get(kind) ?? 0;
    uses.set(kind, count + 1);
    return count;
  }

  function nextItem(): string {
    const items = subject.topic?.items ?? [
      ["A first look", ""],
      ["A closer look", ""],
      ["Looking back", ""],
    ];
    return items[use("item") % items.length]?.[0] ?? name;
  }

  function nextTag(): string {
    const tags = subject.topic?.keywords ?? ["general", "ideas", "practice"];
    return tags[use("tag") % tags.length] ?? "general";
  }

  function takePlace(): string {
    return places[0] ?? random.pick(PLACES);
  }

  function personIn(): string | undefined {
    return /\b(?:named?|called|for|with|to|by|from|is)\s+(\p{Lu}\p{Ll}{1,20}(?:\s\p{Lu}\p{Ll}{1,20})?)\b/u.exec(
      text,
    )?.[1];
  }

  function quoted(): string | undefined {
    return /["“]([^"”]{1,200})["”]/.exec(text)?.[1];
  }
}

/** Capitalised names after "in", "for", "at", and what "and" joins to them: the places a message speaks of. */
export function placesIn(text: string): string[] {
  const name = "\\p{Lu}[\\p{L}’'-]{1,24}(?:\\s\\p{Lu}[\\p{L}’'-]{1,24}){0,2}";
  const joined = new RegExp(
    `\\b(?:in|for|at|near|to|from|of)\\s+(${name}(?:(?:,\\s*|,?\\s+(?:and|or)\\s+)${name}){0,7})`,
    "u",
  ).exec(text)?.[1];
  const found =
    joined?.split(/,\s*(?:and|or)?\s*|\s+(?:and|or)\s+/) ??
    text.match(new RegExp(`(?<=[\\p{Ll},]\\s)${name}`, "gu")) ??
    [];
  return found.map((part) => part.trim()).filter((part) => part !== "" && !NOT_PLACES.test(part));
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
