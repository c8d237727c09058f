import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { openStable } from "../../src/models/hashing/index.ts";
import {
  findAppendedTree,
  parseSuperblock,
  type VerityParameters,
  verifyImage,
} from "../../src/models/verity/index.ts";
import {
  flipped,
  formatted,
  installed,
  parametersOf,
  randomData,
  scratchFolder,
  veritysetup,
  veritysetupFormat,
} from "./images.ts";

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const salt = hexToBytes("00ff10".repeat(11));

const SHAPES: readonly (readonly [string, VerityParameters])[] = [
  ["one block", parametersOf(1, { salt })],
  ["no salt", parametersOf(37)],
  ["a salt of 256 bytes", parametersOf(9, { salt: new Uint8Array(256).fill(7) })],
  ["blocks of 512 bytes", parametersOf(67, { salt, dataBlockSize: 512, hashBlockSize: 512 })],
  ["large data blocks, small hash blocks", parametersOf(40, { salt, dataBlockSize: 8192, hashBlockSize: 1024 })],
  ["small data blocks, large hash blocks", parametersOf(257, { salt, dataBlockSize: 1024, hashBlockSize: 8192 })],
  ["SHA-512", parametersOf(65, { salt, algorithm: "sha512" })],
  ["the legacy type", parametersOf(130, { salt, hashType: 0 })],
];

function flagsOf({ hashType, algorithm, dataBlockSize, hashBlockSize, salt: bytes }: VerityParameters): string[] {
  return [
    `--format=${hashType}`,
    `--hash=${algorithm}`,
    `--data-block-size=${dataBlockSize}`,
    `--hash-block-size=${hashBlockSize}`,
    `--salt=${bytes.length === 0 ? "-" : bytesToHex(bytes)}`,
  ];
}

async function accepted(image: string, tree: string | undefined, root: string, parameters?: VerityParameters) {
  using opened = openStable(image);
  using openedTree = tree === undefined ? undefined : openStable(tree);
  const found = await verifyImage({ image: opened, tree: openedTree, rootHash: hexToBytes(root), parameters });
  return found.accepted;
}

describe.skipIf(!installed("veritysetup", "apt install cryptsetup-bin"))("veritysetup and this agree", () => {
  it.each(SHAPES)("on %s", async (name, parameters) => {
    writeFileSync(at("data"), randomData(name.length, parameters.dataBlocks * parameters.dataBlockSize));
    const { rootHash } = await formatted(at("data"), at("ours"), parameters);
    // It does not cut an older file that is longer.
    rmSync(at("theirs"), { force: true });
    const root = veritysetupFormat(at("data"), at("theirs"), ...flagsOf(parameters));
    expect(bytesToHex(rootHash)).toBe(root);

    // Theirs differs in the UUID, which is random.
    const theirs = readFileSync(at("theirs"));
    expect(parseSuperblock(theirs.subarray(0, 512)).parameters).toEqual(parameters);
    expect(theirs.fill(0, 16, 32).equals(readFileSync(at("ours")))).toBe(true);

    expect(veritysetup("verify", at("data"), at("ours"), root)).toBe(true);
    expect(await accepted(at("data"), at("theirs"), root)).toBe(true);
    expect(await accepted(at("data"), at("theirs"), root, parameters)).toBe(true);
  });

  it("on what they reject", async () => {
    const parameters = parametersOf(129, { salt });
    writeFileSync(at("data"), randomData(5, 129 * 4096));
    const { rootHash } = await formatted(at("data"), at("tree"), parameters);
    const root = bytesToHex(rootHash);
    const verdicts = async (data: string, tree: string) => {
      return [veritysetup("verify", data, tree, root), await accepted(data, tree, root, parameters)];
    };
    flipped(at("data"), at("bad data"), 128 * 4096 + 5);
    expect(await verdicts(at("bad data"), at("tree"))).toEqual([false, false]);
    flipped(at("tree"), at("bad top"), 4096);
    expect(await verdicts(at("data"), at("bad top"))).toEqual([false, false]);
    flipped(at("tree"), at("spare byte"), 4096 * 4 - 1);
    expect(await verdicts(at("data"), at("spare byte"))).toEqual([false, false]);
    flipped(at("tree"), at("bad salt"), 88);
    expect(await verdicts(at("data"), at("bad salt"))).toEqual([false, false]);
    flipped(at("tree"), at("other uuid"), 20);
    expect(await verdicts(at("data"), at("other uuid"))).toEqual([true, true]);
  });

  it("on a tree behind the data, which is found", async () => {
    writeFileSync(at("image"), randomData(6, 300 * 4096));
    const root = veritysetupFormat(at("image"), at("image"), `--hash-offset=${300 * 4096}`, "--data-blocks=300");
    expect(statSync(at("image")).size).toBe((300 + 1 + 4) * 4096);
    using image = openStable(at("image"));
    expect(findAppendedTree(image)).toMatchObject({ offset: 300 * 4096 });
    expect(await accepted(at("image"), undefined, root)).toBe(true);
  });
});
