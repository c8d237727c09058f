/**
 * Folds a text at spaces into lines of at most `width` characters. A longer word, such as a digest, keeps its line to
 * itself, unbroken, so that it can be copied.
 */
export function fold(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
