import type { Fields } from "./fields.ts";
import { writePattern } from "./pattern-text.ts";
import type { Random } from "./random.ts";
import { SchemaError } from "./schema-error.ts";

/** The longest string that a schema may ask for. */
const MAX_LENGTH = 4096;
const PATTERN_ATTEMPTS = 32;
const FILLER = " and so on, quietly, until the page is full";

const FORMATS: Readonly<Record<string, readonly [test: RegExp, write: (random: Random) => string]>> = {
  date: [/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/, writeDate],
  "date-time": [
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
    (random) => `${writeDate(random)}T${writeTime(random)}`,
  ],
  time: [/^\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/, writeTime],
  duration: [/^P(?!$)(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?)?$/, (random) => `PT${1 + random.below(8)}H`],
  email: [
    /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/,
    (random) => `${random.pick(["mirela", "jonas", "noor", "wilma"])}@example.com`,
  ],
  hostname: [/^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i, (random) => `${random.pick(["www", "mail", "docs"])}.example.org`],
  ipv4: [/^(?:\d{1,3}\.){3}\d{1,3}$/, (random) => `192.0.2.${1 + random.below(254)}`],
  ipv6: [/^[0-9a-f:]+:[0-9a-f:]+$/i, (random) => `2001:db8::${(1 + random.below(65535)).toString(16)}`],
  uri: [/^[a-z][a-z0-9+.-]*:\S+$/i, (random) => `https://example.com/${random.pick(["notes", "guide", "page"])}`],
  uuid: [/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i, writeUuid],
};

/** Writes a string within pattern, format and length; the suggestion, where it fits. */
export function writeString(schema: Fields, suggested: unknown, random: Random): string {
  const minimum = readLength(schema.minLength, 0);
  const maximum = readLength(schema.maxLength, Number.MAX_SAFE_INTEGER);
  if (minimum > MAX_LENGTH || minimum > maximum) throw new SchemaError("has a string length that cannot be written");
  const fits = (text: string): boolean => length(text) >= minimum && length(text) <= maximum;

  const { pattern, format } = schema;
  if (typeof pattern === "string") {
    for (let attempt = 0; attempt < PATTERN_ATTEMPTS; attempt += 1) {
      const text = writePattern(pattern, random);
      if (fits(text)) return text;
    }
    throw new SchemaError("has a pattern and a length that do not go together");
  }
  const known = typeof format === "string" ? FORMATS[format] : undefined;
  if (known !== undefined) {
    const [test, write] = known;
    return typeof suggested === "string" && test.test(suggested) && fits(suggested) ? suggested : write(random);
  }
  let text = typeof suggested === "string" ? suggested : "something";
  while (length(text) < minimum) text += FILLER;
  return Array.from(text)
    .slice(0, Math.max(minimum, Math.min(maximum, length(text))))
    .join("");
}

/** JSON Schema counts characters, not UTF-16 units. */
function length(text: string): number {
  return Array.from(text).length;
}

function readLength(value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || !(value >= 0))
    throw new SchemaError("has a string length that is not a number from 0");
  return value;
}

function writeDate(random: Random): string {
  const [month, day] = [1 + random.below(12), 1 + random.below(28)];
  return `${2024 + random.below(4)}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

function writeTime(random: Random): string {
  return `${String(7 + random.below(13)).padStart(2, "0")}:${random.pick(["00", "15", "30", "45"])}:00Z`;
}

function writeUuid(random: Random): string {
  const hex = (digits: number) => Array.from({ length: digits }, () => random.below(16).toString(16)).join("");
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}
