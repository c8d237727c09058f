/**
 * Writes docs/countersign.schema.json and docs/settings.md from the settings table.
 * With `--check` it writes nothing and exits with 1 when one of them is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { configSchema } from "./json-schema.ts";
import { settingsReference } from "./reference.ts";

/** The generated files, by name below docs/. */
export function generatedDocs(): ReadonlyMap<string, string> {
  return new Map([
    ["countersign.schema.json", formatJson(configSchema())],
    ["settings.md", settingsReference()],
  ]);
}

/** Two spaces, and short lists on one line: what the repository's formatter leaves as it is. */
function formatJson(value: unknown): string {
  const spread = JSON.stringify(value, undefined, 2);
  return `${spread.replace(/\[\n\s+("[^[\]{}]*?")\n\s+\]/g, (_, items: string) => `[${items.replace(/\n\s+/g, " ")}]`)}\n`;
}

if (import.meta.main) {
  const check = process.argv.includes("--check");
  for (const [name, content] of generatedDocs()) {
    const file = new URL(`../../docs/${name}`, import.meta.url);
    if (!check) {
      writeFileSync(file, content);
    } else if (readFileSync(file, "utf8") !== content) {
      process.stderr.write(`docs/${name} is out of date: run node src/config/generate-docs.ts\n`);
      process.exitCode = 1;
    }
  }
}
