// Writes the vectors the TypeScript, Go and Python clients share: `node tools/make-vectors.ts`.
// With `--check` nothing is written, and the exit code says whether the files are what this program would write.
import { readFileSync, writeFileSync } from "node:fs";
import { vectorFiles } from "./vectors/files.ts";

const DIRECTORY = new URL("../test/vectors/", import.meta.url);
const isCheck = process.argv.includes("--check");

for (const [name, content] of vectorFiles()) {
  const file = new URL(name, DIRECTORY);
  if (!isCheck) {
    writeFileSync(file, content);
  } else if (readFileSync(file, "utf8") !== content) {
    process.stderr.write(`test/vectors/${name} is out of date; run: node tools/make-vectors.ts\n`);
    process.exitCode = 1;
  }
}
