import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** Two spaces, and short lists on one line: what the repository's formatter leaves as it is. */
export function schemaText(value: unknown): string {
  const spread = JSON.stringify(value, undefined, 2);
  const folded = spread.replace(/^( *)(.*)\[\n\s+("[^[\]{}]*?")\n\s+\](,?)$/gm, (whole, indent, name, items, comma) => {
    const line = `${indent}${name}[${String(items).replace(/\n\s+/g, " ")}]${comma}`;
    return line.length > 120 ? whole : line;
  });
  return `${folded}\n`;
}

/** A text with what stands between `<!-- name:begin -->` and `<!-- name:end -->` replaced. */
export function betweenMarkers(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->\n`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`no markers ${name}:begin and ${name}:end`);
  return `${text.slice(0, from + begin.length)}\n${content}\n\n${text.slice(to)}`;
}

/** Writes a file below docs/ from what it holds now; with `--check`, fails instead if that would change it. */
export function settle(name: string, make: (current: string) => string): void {
  const file = new URL(`../docs/${name}`, import.meta.url);
  const current = existsSync(file) ? readFileSync(file, "utf8") : "";
  const made = make(current);
  if (!process.argv.includes("--check")) {
    writeFileSync(file, made);
  } else if (made !== current) {
    process.stderr.write(`docs/${name} differs from the code: run \`npm run docs\` and commit the result\n`);
    process.exitCode = 1;
  }
}
