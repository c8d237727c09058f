import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { fileManifest, indexDigest } from "../../src/models/digest/index.ts";
import { scratchFolder } from "./images.ts";

const folder = scratchFolder();
const model = join(folder, "model");
const at = (name: string): string => join(model, name);

beforeEach(() => {
  rmSync(model, { recursive: true, force: true });
  mkdirSync(at("sub/deep"), { recursive: true });
  writeFileSync(at("config.json"), "{}");
  writeFileSync(at("B"), "upper case sorts before lower case");
  writeFileSync(at("sub/t.txt"), "x");
  writeFileSync(at("sub.txt"), "sorts before sub/t.txt, by bytes");
  writeFileSync(at("sub/deep/empty"), "");
  mkdirSync(at("no files in here"));
});

/** The same digest by the tools of every Unix. */
function byShell(): string {
  const pipeline = "find -L . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum -z -- | sha256sum";
  return execFileSync("sh", ["-c", pipeline], { cwd: model }).toString().slice(0, 64);
}

/** Gives two files each other's content. */
function swap(): void {
  renameSync(at("B"), at("t"));
  renameSync(at("config.json"), at("B"));
  renameSync(at("t"), at("config.json"));
}

function pipe(): string {
  execFileSync("mkfifo", [at("z")]);
  return "z";
}

function outside(): string {
  writeFileSync(join(folder, "outside"), "");
  return join(folder, "outside");
}

const digest = async (): Promise<string> => (await fileManifest(model)).digest;
const refused = (message: string) =>
  expect.objectContaining({ code: "malformed", message: expect.stringContaining(message) });

describe("the digest of a directory", () => {
  it("is what sha256sum says", async () => {
    const manifest = await fileManifest(model);
    expect(manifest.digest).toBe(byShell());
    expect(manifest.entries.map(({ name }) => name.toString())).toEqual([
      "B",
      "config.json",
      "sub.txt",
      "sub/deep/empty",
      "sub/t.txt",
    ]);
    expect(manifest.bytes).toBe(69);
  });

  it("takes names as bytes", async () => {
    const names = ["line\nfeed", "back\\slash", " space", "-flag", "é", "e\u0301", "🙂"].map((name) =>
      Buffer.from(name),
    );
    names.push(Buffer.of(0xff, 0xfe), Buffer.of(0xe9));
    for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${model}/`), name]), name);
    const manifest = await fileManifest(model);
    expect(manifest.digest).toBe(byShell());
    const found = manifest.entries.map(({ name }) => name.toString("hex"));
    expect(found).toEqual(expect.arrayContaining(names.map((name) => name.toString("hex"))));
    expect(found).toEqual([...found].sort());
  });

  it("hashes large files on threads", async () => {
    for (const name of ["one", "two"]) writeFileSync(at(name), Buffer.alloc(17 * 1024 * 1024 + 1, name));
    let [last, all] = [0, 0];
    const { digest: found } = await fileManifest(model, {
      onProgress: (bytes, total) => {
        [last, all] = [bytes, total];
      },
    });
    expect(found).toBe(byShell());
    expect([last, all]).toEqual([all, 69 + 2 * (17 * 1024 * 1024 + 1)]);
  });

  it("does not depend on times, modes and hard links", async () => {
    const before = await digest();
    utimesSync(at("B"), 1, 1);
    execFileSync("chmod", ["0600", at("B")]);
    linkSync(at("B"), join(folder, "elsewhere"));
    expect(await digest()).toBe(before);
  });

  it.each<[string, () => void]>([
    ["content", () => writeFileSync(at("sub/t.txt"), "y")],
    ["a name", () => renameSync(at("B"), at("C"))],
    ["a new empty file", () => writeFileSync(at("new"), "")],
    ["a missing file", () => rmSync(at("sub/deep/empty"))],
    ["content that moved to another file", swap],
  ])("depends on %s", async (_, change) => {
    const before = await digest();
    change();
    expect(await digest()).not.toBe(before);
  });

  it("counts a link to a file inside as that file", async () => {
    symlinkSync("sub/t.txt", at("link"));
    symlinkSync("../link", at("sub/link to the link"));
    expect(await digest()).toBe(byShell());
  });

  it.each<[string, () => void, string]>([
    ["a link out", () => symlinkSync("/etc/hostname", at("link")), "out of the directory"],
    [
      "a link out and back by name",
      () => symlinkSync(`../../${folder.split("/").at(-1)}/outside`, at("link")),
      "out of the directory",
    ],
    [
      "a link to a sibling with the same beginning",
      () => symlinkSync("../model-2", at("link")),
      "out of the directory",
    ],
    ["a link to a directory", () => symlinkSync("sub", at("link")), "not a file"],
    ["a link to the directory itself", () => symlinkSync(".", at("link")), "symbolic link"],
    ["a link to nothing", () => symlinkSync("absent", at("link")), "leads nowhere"],
    ["a link to itself", () => symlinkSync("link", at("link")), "leads nowhere"],
    ["a pipe", () => execFileSync("mkfifo", [at("pipe")]), "neither a file nor a directory"],
    ["a link to a pipe", () => symlinkSync(pipe(), at("a")), "not a file"],
    ["great depth", () => mkdirSync(at("d/".repeat(40)), { recursive: true }), "deeper than 32"],
  ])("refuses %s", async (_, make, message) => {
    outside();
    writeFileSync(join(folder, "model-2"), "");
    make();
    await expect(digest()).rejects.toEqual(refused(message));
  });

  it("refuses a socket", async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(at("socket"), done));
    await expect(digest()).rejects.toEqual(refused("neither a file nor a directory"));
    await new Promise((done) => server.close(done));
  });

  it("refuses a directory without files, a file, and what is not there", async () => {
    mkdirSync(at("sub/none"));
    await expect(fileManifest(at("sub/none"))).rejects.toEqual(refused("holds no files"));
    await expect(fileManifest(at("B"))).rejects.toEqual(refused("is not a directory"));
    await expect(fileManifest(at("absent"))).rejects.toMatchObject({ code: "not_found" });
  });

  it.each<[string, () => void]>([
    ["is written to after it was hashed", () => writeFileSync(at("B"), "UPPER CASE SORTS BEFORE LOWER CASE")],
    ["is replaced", () => renameSync(outside(), at("B"))],
    ["appears", () => writeFileSync(at("z"), "")],
    ["disappears", () => rmSync(at("B"))],
  ])("is refused when a file %s", async (_, disturb) => {
    utimesSync(at("B"), 1, 1);
    let calls = 0;
    const hashing = fileManifest(model, { onProgress: () => ++calls === 2 && disturb() });
    await expect(hashing).rejects.toMatchObject({ code: "changed" });
  });
});

describe("the digest of an index", () => {
  it("is that of the file alone", () => {
    writeFileSync(at("model.safetensors.index.json"), "{}");
    expect(indexDigest(model)).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  });

  it("needs the file", () => {
    expect(() => indexDigest(model)).toThrow(refused("has no model.safetensors.index.json"));
  });
});
