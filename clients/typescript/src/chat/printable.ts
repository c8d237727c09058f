/**
 * Makes a model's text safe to print: control characters except newline and tab become U+FFFD, so that an answer cannot
 * move the cursor, rewrite earlier lines or fake the line that says what was verified.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "\ufffd");
}
