import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelsDirectory } from "../../src/models/lifecycle/models-directory.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-directory-"));
  for (const name of ["models/a/inner", "models/-flag", "models/.hidden", "outside", "models-beside"]) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  writeFileSync(join(folder, "models", "a", "one"), "12345");
  writeFileSync(join(folder, "models", "a", "inner", "two"), "123");
  writeFileSync(join(folder, "models", "file"), "x");
  symlinkSync(join(folder, "outside"), join(folder, "models", "way-out"));
  symlinkSync(join(folder, "models-beside"), join(folder, "models", "beside"));
  symlinkSync(".", join(folder, "models", "self"));
  symlinkSync("a", join(folder, "models", "alias"));
  symlinkSync("nowhere", join(folder, "models", "broken"));
  symlinkSync(join(folder, "outside", "huge"), join(folder, "models", "a", "link"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const directory = () => modelsDirectory(join(folder, "models"));

describe("a model's directory", () => {
  it("is the canonical one", () => {
    expect(directory().resolve("a")).toBe(join(folder, "models", "a"));
    expect(directory().resolve("alias")).toBe(join(folder, "models", "a"));
  });

  it.each(["", ".", "..", "../outside", "/etc", "a/inner", "-flag", ".hidden", "a\0", "a\n", "ä", "x".repeat(256)])(
    "is not %j",
    (source) => expect(() => directory().resolve(source)).toThrow(expect.objectContaining({ code: "invalid_request" })),
  );

  it.each(["way-out", "beside", "self"])("is not where the link %s leads", (source) =>
    expect(() => directory().resolve(source)).toThrow(/leads out of the models directory/),
  );

  it.each(["missing", "file", "broken"])("is not %s", (source) =>
    expect(() => directory().resolve(source)).toThrow(expect.objectContaining({ code: "model_not_found" })),
  );

  it("is listed if it can be loaded, and measured without following links", async () => {
    expect(directory().names()).toEqual(["a", "alias"]);
    expect(await directory().size("a")).toBe(8);
  });

  it("need not be there", () => expect(modelsDirectory("/nowhere").names()).toEqual([]));
});
