import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERROR_MEANINGS } from "../../clients/typescript/src/errors/index.ts";
import { vectorFiles } from "../../tools/vectors/files.ts";
import { errorFile, keysetFile, transcriptFile } from "./support/vectors.ts";

describe("the shared vector files", () => {
  it.each(vectorFiles())("%s is what its generator writes", (name, content) => {
    expect(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8") === content).toBe(true);
  });

  it("name the same error codes, with the same meanings, as the client", () => {
    expect(errorFile.codes).toEqual(ERROR_MEANINGS);
  });

  it("use only codes of the closed set", () => {
    const used = [
      ...transcriptFile.transcripts,
      ...transcriptFile.negatives,
      ...transcriptFile.unary,
      ...keysetFile.keysets,
    ]
      .map(({ code }) => code)
      .filter((code) => code !== null);
    expect(used.filter((code) => !(code in ERROR_MEANINGS))).toEqual([]);
  });

  it("exercise every code that a transcript can raise", () => {
    const used = new Set([...transcriptFile.transcripts, ...transcriptFile.negatives].map(({ code }) => code));
    const families = ["stream.", "accepted.", "transcript.", "checkpoint.", "seal."];
    const missing = Object.keys(ERROR_MEANINGS).filter(
      (code) => families.some((family) => code.startsWith(family)) && !used.has(code),
    );
    expect(missing).toEqual([]);
  });

  it("have no two vectors of one name", () => {
    for (const list of [
      transcriptFile.transcripts,
      transcriptFile.negatives,
      transcriptFile.unary,
      keysetFile.keysets,
    ]) {
      const names = list.map(({ name }) => name);
      expect(names).toEqual([...new Set(names)]);
    }
  });
});
