/** Marks of validation errors that repeat the caller's input: a member of a dump, and pydantic's own text. */
const FIELD_MARK = /['"](?:input|ctx)\\*['"]\s*:/;
const VALUE_MARK = /input_value=|input_type=/;
/** A field mark within one line. Its colon may stand in the next one. */
const FIELD_IN_LINE = /['"](?:input|ctx)\\*['"]\s*(?::|$)/;
const DROPPED = /^(?:File "|POST |GET |For further information visit)/;
const PLACEHOLDER = "(validation error)";

/** The quoted value that follows `'name':`. */
function quotedField(text: string, name: string): string | undefined {
  const match = new RegExp(`['"]${name}['"]:\\s*(?:'([^']*)'|"([^"]*)")`).exec(text);
  return match?.[1] ?? match?.[2];
}

/** `before` is the text in front of the echo: behind it, a `type` or a `msg` may be the caller's own. */
function describeFields(before: string): string {
  const type = quotedField(before, "type");
  const text = quotedField(before, "msg");
  if (type === undefined) return `  ${PLACEHOLDER}`;
  return text === undefined ? `  ${type}` : `  ${type}: ${text}`;
}

/** `before` is the text in front of the echo. What the error says ends at the bracket that holds its details. */
function describeValue(before: string): string {
  const bracket = before.indexOf("[");
  const said = bracket === -1 ? PLACEHOLDER : before.slice(0, bracket).trim();
  const type = /\btype=(\w+)/.exec(before)?.[1];
  return type === undefined ? `  ${said}` : `  ${said} [type=${type}]`;
}

/** Whether the value that begins in `rest` of a line goes on in the next one: a quote or a bracket is not closed. */
function goesOn(rest: string): boolean {
  if (rest.trim() === "") return true;
  let depth = 0;
  let quote = "";
  for (let at = 0; at < rest.length; at++) {
    const character = rest.charAt(at);
    if (quote !== "") {
      if (character === "\\") at++;
      else if (character === quote) quote = "";
    } else if (character === "'" || character === '"') {
      quote = character;
    } else if ("([{".includes(character)) {
      depth++;
    } else if (")]}".includes(character)) {
      depth = Math.max(0, depth - 1);
    }
  }
  return depth > 0 || quote !== "";
}

/**
 * Removes what validation errors of engines repeat of the caller's input: a prompt must not travel in an error, where
 * logs and monitors pick it up. Text without such marks is returned unchanged, so that errors stay useful. Where an
 * echo goes on over several lines, everything behind its first line is dropped: the caller's text decides what follows,
 * so no end of it can be trusted.
 */
export function sanitiseErrorText(text: string): string {
  if (!FIELD_MARK.test(text) && !VALUE_MARK.test(text)) return text;
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (DROPPED.test(line.trim())) continue;
    const field = FIELD_IN_LINE.exec(line);
    const value = VALUE_MARK.exec(line);
    if (field !== null) {
      lines.push(describeFields(line.slice(0, field.index)));
      if (goesOn(line.slice(field.index + field[0].length))) break;
    } else if (value !== null) {
      lines.push(describeValue(line.slice(0, value.index)));
      if (!line.trimEnd().endsWith("]")) break;
    } else {
      lines.push(line);
    }
  }
  return lines.join("\n");
}
