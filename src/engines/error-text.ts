/** Marks of validation errors that repeat the caller's input. */
const ECHO = /['"]input['"]\s*:|['"]ctx['"]\s*:|input_value=|input_type=/;
const FIELD_ECHO = /['"](?:input|ctx)['"]\s*:/;
const DROPPED = /^(?:File "|POST |GET |For further information visit)/;
const PLACEHOLDER = "(validation error)";

/** The quoted value that follows `'name':`. */
function quotedField(line: string, name: string): string | undefined {
  const match = new RegExp(`['"]${name}['"]:\\s*(?:'([^']*)'|"([^"]*)")`).exec(line);
  return match?.[1] ?? match?.[2];
}

function describeFields(line: string): string {
  const type = quotedField(line, "type");
  const text = quotedField(line, "msg");
  if (type === undefined) return `  ${PLACEHOLDER}`;
  return text === undefined ? `  ${type}` : `  ${type}: ${text}`;
}

function describeValue(line: string): string {
  const bracket = line.indexOf("[");
  const before = (bracket === -1 ? line : line.slice(0, bracket)).trim();
  const said = ECHO.test(before) ? PLACEHOLDER : before;
  const type = /(?<![A-Za-z_])type=(\w+)/.exec(line)?.[1];
  return type === undefined ? `  ${said}` : `  ${said} [type=${type}]`;
}

/**
 * Removes what validation errors of engines repeat of the caller's input: a prompt must not travel in an error, where
 * logs and monitors pick it up. Text without such marks is returned unchanged, so that errors stay useful.
 */
export function sanitiseErrorText(text: string): string {
  if (!ECHO.test(text)) return text;
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (DROPPED.test(line.trim())) continue;
    if (FIELD_ECHO.test(line)) lines.push(describeFields(line));
    else if (ECHO.test(line)) lines.push(describeValue(line));
    else lines.push(line);
  }
  return lines.join("\n");
}
