/** Writes docs/errors.md from the closed set of errors. `--check` fails instead if the file differs. */
import { readFileSync, writeFileSync } from "node:fs";
import { Code } from "@connectrpc/connect";
import { errorClasses } from "../src/errors/index.ts";

const target = new URL("../docs/errors.md", import.meta.url);

const rows = errorClasses().map(([code, { meaning, status, type, rpc, retryAfterSeconds }]) => {
  const again = retryAfterSeconds === undefined ? "" : `after ${retryAfterSeconds} s`;
  return `| <a id="${code}"></a>\`${code}\` | ${status} | \`${type}\` | \`${Code[rpc]}\` | ${again} | ${meaning} |`;
});

const text = `# Errors

The closed set of errors a caller can see. Over REST \`code\` stands in the OpenAI envelope, unless the engine answered with
an error of its own: then status, type, param and code are the engine's. Over RPC the code stands in upper case as the
\`reason\` of a \`google.rpc.ErrorInfo\` detail with domain \`countersign\`. In the metadata of a seal it is the
\`failure_reason\`. This file is generated from \`src/errors/error-code.ts\`.

| code | HTTP status | REST type | RPC code | retry | when |
|---|---|---|---|---|---|
${rows.join("\n")}
`;

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    process.stderr.write("docs/errors.md differs from the code: run `npm run docs` and commit the result\n");
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
