const LEVELS: Readonly<Record<number, string>> = { 10: "trace", 20: "debug", 30: "info ", 40: "warn ", 50: "error" };

/** Needs no quotes. */
const PLAIN = /^[\w.:/+@-]+$/;
/** What JSON leaves as it is and a terminal or a viewer may obey: control and format characters, line separators. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A character as JSON escapes: one for each UTF-16 unit. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`,
  ).join("");
}

/** Quoted so that a value from outside cannot forge another field or line. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(INVISIBLE, escaped);
}

/** One JSON log record as a line for people: time, level, event, then `key=value` fields. */
export function textLine(record: string): string {
  const { level, time, event, ...fields } = JSON.parse(record) as Record<string, unknown>;
  let line = `${String(time)} ${LEVELS[Number(level)] ?? String(level)} ${String(event)}`;
  for (const [key, value] of Object.entries(fields)) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    line += ` ${key}=${PLAIN.test(text) ? text : quoted(text)}`;
  }
  return `${line}\n`;
}
