import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { watch } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byteText } from "../../src/cli/models/byte-text.ts";
import { modelsHelp } from "../../src/cli/models/index.ts";
import { barLine } from "../../src/cli/models/progress-bar.ts";
import { modelsHere, modelsProcess, startModels } from "./run-models.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-models-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

/** One block: its digest without a salt is the root hash. */
const BLOCK = Buffer.alloc(4096, "countersign");
const BLOCK_ROOT = createHash("sha256").update(BLOCK).digest("hex");
const BLOCK_IDENTITY = `verity:1:sha256:4096:4096:1:${BLOCK_ROOT}:-`;
const OTHER_ROOT = "00".repeat(32);

let image: string;
let manifest: string;
let identity: string;
let root: string;

beforeAll(async () => {
  writeFileSync(at("block"), BLOCK);
  mkdirSync(at("model/sub"), { recursive: true });
  writeFileSync(at("model/weights.safetensors"), Buffer.alloc(2_000_000, "weights"));
  writeFileSync(at("model/sub/config.json"), "{}");
  image = at("model.img");
  manifest = `${image}.manifest.json`;
  const run = await modelsProcess(
    "seal",
    at("model"),
    "--format",
    "tar",
    "--source",
    "a/b",
    "--revision",
    "1",
    "--json",
  );
  expect(run).toMatchObject({ status: 0, err: "" });
  ({ identity, digest: root } = JSON.parse(run.out));
});

describe("countersign models, in a process of its own", () => {
  it("seals, measures and verifies", async () => {
    const digest = await modelsProcess("digest", image);
    expect(digest).toMatchObject({ status: 0, err: "" });
    expect(digest.out).toMatch(/^ {2}kind {9}verity\n {2}root hash {4}[0-9a-f]{64}\n/);
    expect(digest.out).toContain(`  identity     ${identity}\n`);
    const verify = await modelsProcess("verify", image, "--manifest", manifest);
    expect(verify).toMatchObject({ status: 0, err: "" });
    expect(verify.out).toMatch(/^✓ Accepted: every block is what was pinned, and the stored tree is right\.\n/);
    expect(verify.out).not.toContain("\u001b");
  });

  it("exits with 10 for another image, and names the bad block", async () => {
    const bytes = readFileSync(image);
    bytes.writeUInt8(bytes.readUInt8(5 * 4096 + 7) ^ 1, 5 * 4096 + 7);
    writeFileSync(at("bad.img"), bytes);
    const run = await modelsProcess("verify", at("bad.img"), "--roothash", identity, "--json");
    expect(run).toMatchObject({ status: 10, err: "" });
    expect(JSON.parse(run.out)).toEqual({
      format: "countersign.model-verification.v1",
      result: "rejected",
      causes: ["the data has another root hash than the pinned one"],
      shape: "pinned",
      expected: identity,
      computed_root: expect.stringMatching(/^[0-9a-f]{64}$/),
      tree: "compared",
      bad_data_blocks: { count: 1, first: [5] },
      bad_tree_blocks: { count: 0, first: [] },
    });
    const text = await modelsHere("verify", at("bad.img"), "--roothash", identity);
    expect(text.out).toMatch(/^✗ Rejected\n {2}the data has another root hash than the pinned one\n/);
    expect(text.out).toMatch(/ {2}bad data blocks {2}1: 5\n/);
  });

  it("exits with 30 for what cannot be read, and 2 for wrong usage", async () => {
    writeFileSync(at("odd"), "no whole block");
    expect(await modelsProcess("digest", at("odd"))).toMatchObject({ status: 30, out: "" });
    expect(await modelsProcess("verify", image)).toMatchObject({ status: 2, out: "" });
  });

  it("removes what it was making when it is interrupted", async () => {
    const sparse = at("sparse");
    mkdirSync(sparse);
    execFileSync("truncate", ["--size=64G", join(sparse, "weights")]);
    const watching = watch(folder);
    const process = startModels("seal", sparse, "--out", at("interrupted.img"), "--format", "tar");
    // Its working directory beside the output is the sign that it has begun.
    for await (const { filename } of watching) {
      if (filename?.startsWith(".interrupted.img.") === true) break;
    }
    process.child.kill("SIGTERM");
    const run = await process.ended;
    expect(run).toMatchObject({ status: 1, out: "" });
    expect(run.err).toContain("given up before everything was read");
    expect(execFileSync("ls", ["-A", folder]).toString()).not.toContain("interrupted");
  });
});

describe("countersign models digest", () => {
  it("prints every parameter", async () => {
    const run = await modelsHere("digest", at("block"), "--json");
    expect(JSON.parse(run.out)).toEqual({
      format: "countersign.model-digest.v1",
      kind: "verity",
      algorithm: "sha256",
      digest: BLOCK_ROOT,
      hash_type: 1,
      data_block_size: 4096,
      hash_block_size: 4096,
      data_blocks: 1,
      salt: "",
      identity: BLOCK_IDENTITY,
      covers: "every byte of the volume, and its shape",
    });
  });

  it("takes a salt and a shape", async () => {
    const salted = createHash("sha256").update("salt").update(BLOCK).digest("hex");
    const run = await modelsHere("digest", at("block"), "--salt", Buffer.from("salt").toString("hex"), "--json");
    expect(JSON.parse(run.out)).toMatchObject({ digest: salted, salt: "73616c74" });
    const shaped = await modelsHere(
      "digest",
      at("block"),
      "--data-block-size",
      "512",
      "--algorithm",
      "sha512",
      "--json",
    );
    expect(JSON.parse(shaped.out)).toMatchObject({ algorithm: "sha512", data_block_size: 512, data_blocks: 8 });
  });

  it("finds the data of a sealed image, and hashes it with another salt if told to", async () => {
    expect(JSON.parse((await modelsHere("digest", image, "--json")).out)).toMatchObject({ digest: root, identity });
    const unsalted = JSON.parse((await modelsHere("digest", image, "--salt", "-", "--json")).out);
    expect(unsalted.salt).toBe("");
    expect(unsalted.digest).not.toBe(root);
  });

  it("names the kind of a directory's digests", async () => {
    const files = JSON.parse((await modelsHere("digest", at("model"), "--json")).out);
    expect(files).toMatchObject({ kind: "file-manifest", algorithm: "sha256", files: 2, bytes: 2_000_002 });
    writeFileSync(at("model/model.safetensors.index.json"), "{}");
    const index = JSON.parse((await modelsHere("digest", at("model"), "--kind", "index", "--json")).out);
    rmSync(at("model/model.safetensors.index.json"));
    expect(index).toMatchObject({ kind: "index", digest: createHash("sha256").update("{}").digest("hex") });
    expect(index.covers).toContain("not one weight");
  });

  it.each<[string, number, string, readonly string[]]>([
    ["an empty file", 30, "has 0 bytes", ["empty"]],
    ["a link out", 30, "out of the directory", ["linked"]],
    ["a device", 30, "is not a regular file", ["/dev/zero"]],
    ["an algorithm that is unknown", 30, "hash algorithm is none of", ["block", "--algorithm", "md5"]],
    ["what is not there", 2, "ENOENT", ["absent"]],
    ["a salt that is no hex", 2, "--salt is", ["block", "--salt", "xy"]],
    ["a salt for a directory", 2, "the kind file-manifest has none", ["model", "--salt", "00"]],
    ["an odd block size", 30, "must be a power of two", ["block", "--hash-block-size", "4095"]],
    ["a block size of letters", 2, "--data-block-size is", ["block", "--data-block-size", "0x200"]],
    ["verity for a directory", 2, "models seal", ["model", "--kind", "verity"]],
    ["a kind nobody measures", 2, "static and none are not measured", ["block", "--kind", "static"]],
    ["the index of a file", 30, "is not a directory", ["block", "--kind", "index"]],
  ])("refuses %s", async (_, status, message, [target = "", ...flags]) => {
    writeFileSync(at("empty"), "");
    mkdirSync(at("linked"), { recursive: true });
    rmSync(at("linked/out"), { force: true });
    symlinkSync("/etc/hostname", at("linked/out"));
    const run = await modelsHere("digest", target.startsWith("/") ? target : at(target), ...flags);
    expect(run).toMatchObject({ status, out: "" });
    expect(run.err).toContain(message);
  });
});

describe("countersign models verify", () => {
  it("takes the pin from a flag, a file, a registry or a manifest", async () => {
    writeFileSync(at("m.roothash"), `${identity}\n`);
    for (const flags of [
      ["--roothash", identity],
      ["--roothash-file", at("m.roothash")],
      ["--registry", folder, "--name", "m"],
      ["--manifest", manifest],
    ]) {
      expect(await modelsHere("verify", image, ...flags)).toMatchObject({ status: 0, err: "" });
    }
  });

  it("does not take a root hash alone for a pin, unless the superblock is believed", async () => {
    for (const flags of [
      ["--roothash", root],
      ["--roothash-file", `${image}.roothash`],
    ]) {
      const refused = await modelsHere("verify", image, ...flags);
      expect(refused).toMatchObject({ status: 2, out: "" });
      expect(refused.err).toContain("a root hash alone does not say what it is the root of");
      const run = await modelsHere("verify", image, ...flags, "--shape-from-superblock", "--json");
      expect(run.status).toBe(0);
      expect(JSON.parse(run.out)).toMatchObject({ result: "accepted", shape: "superblock", expected: identity });
    }
    const text = await modelsHere("verify", image, "--roothash", root, "--shape-from-superblock");
    expect(text.out).toContain("The shape is the superblock's word, not pinned");
  });

  it("says that there was no tree to compare with", async () => {
    const run = await modelsHere("verify", at("block"), "--roothash", BLOCK_IDENTITY, "--json");
    expect(run.status).toBe(0);
    expect(JSON.parse(run.out)).toMatchObject({ result: "accepted", tree: "not compared" });
  });

  it.each<[string, number, string, readonly string[]]>([
    ["another root hash", 10, "another root hash", ["--roothash", `verity:1:sha256:4096:4096:1:${OTHER_ROOT}:-`]],
    ["another salt", 10, "another root hash", ["--roothash", BLOCK_IDENTITY.replace(/-$/, "00")]],
    [
      "more blocks",
      10,
      "size of the image",
      ["--roothash", BLOCK_IDENTITY.replace(":1:sha256:4096:4096:1:", ":1:sha256:4096:4096:2:")],
    ],
    ["a model the registry does not have", 10, "names no root hash", ["--registry", "/nonexistent", "--name", "m"]],
    ["a tree that is none", 10, "size of the tree", ["--roothash", BLOCK_IDENTITY, "--tree", "/etc/passwd"]],
    ["a superblock that is none", 30, "no superblock", ["--roothash", BLOCK_ROOT, "--shape-from-superblock"]],
    ["a registry with rubbish", 30, "root hash", ["--registry", "FOLDER", "--name", "rubbish"]],
    ["a manifest that is none", 30, "is no JSON", ["--manifest", "FOLDER/rubbish.roothash"]],
  ])("does not accept %s", async (_, status, message, flags) => {
    writeFileSync(at("rubbish.roothash"), "rubbish");
    const run = await modelsHere(
      "verify",
      at("block"),
      ...flags.map((flag) => flag.replace("FOLDER", folder)),
      "--json",
    );
    expect(run).toMatchObject({ status, err: "" });
    const { result, causes } = JSON.parse(run.out);
    expect(result).toBe(status === 10 ? "rejected" : "malformed");
    expect(causes.join()).toContain(message);
  });

  it.each<[string, string, readonly string[]]>([
    ["no pin", "say what the image has to be", []],
    ["two pins", "say what the image has to be", ["--roothash", BLOCK_IDENTITY, "--manifest", "m"]],
    ["a registry without a name", "belong together", ["--registry", "/tmp"]],
    ["a name without a registry", "belong together", ["--roothash", BLOCK_IDENTITY, "--name", "m"]],
    ["half a root hash", "--roothash: ", ["--roothash", BLOCK_ROOT.slice(32)]],
    [
      "a shape that is pinned and believed",
      "this pin has its shape",
      ["--roothash", BLOCK_IDENTITY, "--shape-from-superblock"],
    ],
    ["a file that is not there", "ENOENT", ["--roothash-file", "/nonexistent"]],
    ["a tree that is not there", "ENOENT", ["--roothash", BLOCK_IDENTITY, "--tree", "/nonexistent"]],
    ["an unknown flag", "--root", ["--root", BLOCK_ROOT]],
    ["a flag twice", "twice", ["--roothash", BLOCK_IDENTITY, "--roothash", BLOCK_IDENTITY]],
  ])("is wrong usage with %s", async (_, message, flags) => {
    const run = await modelsHere("verify", at("block"), ...flags);
    expect(run).toMatchObject({ status: 2, out: "" });
    expect(run.err).toContain(message);
  });
});

describe("countersign models seal", () => {
  it("refuses to replace an image, and does when told to", async () => {
    const before = readFileSync(image);
    const argv = ["seal", at("model"), "--format", "tar", "--source", "a/b", "--revision", "1"];
    const run = await modelsHere(...argv);
    expect(run).toMatchObject({ status: 2, out: "" });
    expect(run.err).toContain("exists already; --force replaces it");
    const forced = await modelsHere(...argv, "--force");
    expect(forced.status).toBe(0);
    expect(forced.out).toContain("a/b at 1");
    expect(readFileSync(image).equals(before)).toBe(true);
  });

  it.each<[string, string, readonly string[]]>([
    ["a source alone", "belong together", ["--source", "a/b"]],
    ["an unknown format", "--format is erofs or tar", ["--format", "ext4"]],
    ["an output in no directory", "ENOENT", ["--out", "/nonexistent/m.img"]],
  ])("is wrong usage with %s", async (_, message, flags) => {
    const run = await modelsHere("seal", at("model"), ...flags);
    expect(run).toMatchObject({ status: 2, out: "" });
    expect(run.err).toContain(message);
  });
});

describe("what is shown", () => {
  it("to help fits a terminal and has examples", async () => {
    for (const form of ["digest", "verify", "seal"]) {
      const help = await modelsHelp(form);
      expect(help).toMatch(/^Usage: countersign models /);
      expect(help).toContain("\nExamples:\n  countersign models ");
      expect(help).toContain("\nExit status: ");
      for (const line of help.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
    }
    expect(await modelsHelp("nonsense")).toContain("verify <image>");
    expect((await modelsHere("digset")).err).toContain("did you mean digest?");
    expect((await modelsHere()).err).toContain("say what to do: digest, verify, seal");
  });

  it("while it works", () => {
    expect(barLine("verifying", 0, 2_000_000_000, 0)).toBe(
      "verifying  ░░░░░░░░░░░░░░░░░░░░░░░░   0 %  0 bytes of 2.00 GB",
    );
    expect(barLine("verifying", 5e8, 2e9, 0.5)).toBe(
      "verifying  ██████░░░░░░░░░░░░░░░░░░  25 %  500 MB of 2.00 GB  1.00 GB/s  2 s left",
    );
    expect(barLine("verifying", 1e9, 1e12, 10)).toContain("2 h 46 min left");
  });

  it.each([
    [0, "0 bytes"],
    [999, "999 bytes"],
    [1000, "1.00 KB"],
    [9_999, "10.0 KB"],
    [999_499, "999 KB"],
    [999_500, "1.00 MB"],
    [4e15, "4.00 PB"],
  ])("of %d bytes", (bytes, text) => {
    expect(byteText(bytes)).toBe(text);
  });
});
