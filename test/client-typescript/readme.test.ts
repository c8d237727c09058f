import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

describe.each([
  ["README.md", 2],
  ["clients/typescript/README.md", 4],
] as const)("the examples of %s", (path, count) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  const examples = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? "");
  let directory = "";
  beforeAll(() => {
    // Inside node_modules, so that the package's name resolves as it does for users and no other tool looks there.
    const cache = join(ROOT, "node_modules/.cache");
    mkdirSync(cache, { recursive: true });
    directory = mkdtempSync(join(cache, "readme-"));
    for (const [index, code] of examples.entries()) writeFileSync(join(directory, `example-${index}.ts`), code);
    writeFileSync(
      join(directory, "tsconfig.json"),
      JSON.stringify({ extends: "../../../tsconfig.json", compilerOptions: { types: ["node"] }, include: ["*.ts"] }),
    );
    writeFileSync(join(directory, "package.json"), '{"type":"module"}');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("are there", () => {
    expect(examples.length).toBeGreaterThanOrEqual(count);
  });

  it("compile under the project's strict settings", () => {
    const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
    const { stdout, status } = spawnSync(process.execPath, [compiler, "--noEmit", "-p", directory], {
      encoding: "utf8",
    });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });
});
