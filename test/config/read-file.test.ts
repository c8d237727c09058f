import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/index.ts";
import { readBoundedFile } from "../../src/config/sources/read-file.ts";

describe("reading real files", () => {
  let folder = "";
  const at = (name: string) => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "countersign-config-"));
    writeFileSync(at("ten"), "0123456789");
    symlinkSync(at("ten"), at("link"));
    execFileSync("mkfifo", [at("pipe")]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("returns the bytes up to the bound, through links too", () => {
    expect(readBoundedFile(at("ten"), 10)).toEqual({ bytes: Buffer.from("0123456789") });
    expect(readBoundedFile(at("link"), 11)).toEqual({ bytes: Buffer.from("0123456789") });
  });

  it.each([
    ["ten", 9, "is larger than 9 bytes"],
    ["absent", 9, "does not exist"],
    ["ten/below", 9, "does not exist"],
    [".", 9, "is not a regular file"],
    ["pipe", 9, "is not a regular file"],
    ["nul\0byte", 9, "cannot be read (ERR_INVALID_ARG_VALUE)"],
  ])("refuses %j", (name, most, refused) => {
    expect(readBoundedFile(`${folder}/${name}`, most)).toEqual({ refused });
  });

  it("refuses devices, which have no end", () => {
    expect(readBoundedFile("/dev/zero", 9)).toEqual({ refused: "is not a regular file" });
  });

  it("feeds loadConfig by default", () => {
    writeFileSync(at("countersign.yaml"), `tokensFile: ${JSON.stringify(at("token"))}\n`);
    writeFileSync(at("token"), "from-a-file\n");
    chmodSync(at("token"), 0o400);
    const config = loadConfig({ env: {}, argv: ["--config", at("countersign.yaml")] });
    expect(config.tokens).toEqual(["from-a-file"]);
  });
});
