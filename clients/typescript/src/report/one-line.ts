/**
 * Makes a text safe to print within a line: control and format characters, line and paragraph separators become U+FFFD,
 * so that a certificate's name or a model's cannot move the cursor, start a line of its own, or show letters in another
 * order than they have.
 */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\ufffd");
}
