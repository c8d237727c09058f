const LEVELS: Readonly<Record<number, string>> = { 10: "trace", 20: "debug", 30: "info ", 40: "warn ", 50: "error" };

/** One JSON log record as a line for people: time, level, event, then `key=value` fields. */
export function textLine(record: string): string {
  const { level, time, event, ...fields } = JSON.parse(record) as Record<string, unknown>;
  let line = `${String(time)} ${LEVELS[Number(level)] ?? String(level)} ${String(event)}`;
  for (const [key, value] of Object.entries(fields)) {
    // Quoted where needed, so that a value from outside cannot forge another field or line.
    const text = typeof value === "string" ? value : JSON.stringify(value);
    line += ` ${key}=${/^[\w.:/+@-]+$/.test(text) ? text : JSON.stringify(text)}`;
  }
  return `${line}\n`;
}
