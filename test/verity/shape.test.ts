import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, it } from "vitest";
import { openStable } from "../../src/models/hashing/index.ts";
import {
  hashTree,
  type VerityIdentity,
  type VerityParameters,
  verifyImage,
  writeSuperblock,
} from "../../src/models/verity/index.ts";
import { formatted, installed, parametersOf, randomData, scratchFolder, veritysetup } from "./images.ts";

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const BLOCKS = 256;
const salt = Uint8Array.of(5);
let identity: VerityIdentity;
let data: Buffer;
let tree: Buffer;

beforeAll(async () => {
  data = randomData(2, BLOCKS * 4096);
  writeFileSync(at("data"), data);
  identity = await formatted(at("data"), at("tree"), parametersOf(BLOCKS, { salt }));
  tree = readFileSync(at("tree"));
});

async function verified(
  image: string,
  treeName: string | undefined,
  parameters: VerityParameters | undefined = identity,
) {
  using opened = openStable(at(image));
  using openedTree = treeName === undefined ? undefined : openStable(at(treeName));
  const { rootHash } = identity;
  return await verifyImage({ image: opened, tree: openedTree, rootHash, parameters });
}

/** Part of the tree as a volume of its own: its leaves as data, its top as their tree. */
function levelConfusion(): void {
  const [superblock, top, leaves] = [
    writeSuperblock({ parameters: parametersOf(2, { salt }), uuid: new Uint8Array(16) }),
    tree.subarray(4096, 8192),
    tree.subarray(8192),
  ];
  writeFileSync(at("fake data"), leaves);
  writeFileSync(at("fake tree"), Buffer.concat([superblock, Buffer.alloc(4096 - 512), top]));
  writeFileSync(at("fake image"), Buffer.concat([leaves, superblock, Buffer.alloc(4096 - 512), top]));
}

describe("another shape under the same root", () => {
  it("has the same root", async () => {
    levelConfusion();
    using fake = openStable(at("fake data"));
    expect(bytesToHex(await hashTree(fake, parametersOf(2, { salt })))).toBe(bytesToHex(identity.rootHash));
  });

  it.skipIf(!installed("veritysetup", "apt install cryptsetup-bin"))("passes veritysetup", () => {
    levelConfusion();
    expect(veritysetup("verify", at("fake data"), at("fake tree"), bytesToHex(identity.rootHash))).toBe(true);
  });

  it("is refused, with a tree of its own, behind it, and without", async () => {
    levelConfusion();
    const cause = "data blocks: 2, pinned is 256";
    expect(await verified("fake data", "fake tree")).toMatchObject({ accepted: false, computedRoot: undefined });
    expect((await verified("fake data", "fake tree")).causes).toContain(cause);
    expect((await verified("fake data", undefined)).accepted).toBe(false);
    expect((await verified("fake image", undefined)).accepted).toBe(false);
  });

  it("of fewer blocks is refused", async () => {
    const superblock = writeSuperblock({ parameters: parametersOf(BLOCKS - 1, { salt }), uuid: new Uint8Array(16) });
    writeFileSync(at("fewer"), Buffer.concat([superblock, tree.subarray(512)]));
    expect((await verified("data", "fewer")).causes).toEqual([`data blocks: ${BLOCKS - 1}, pinned is ${BLOCKS}`]);
    // Who believes the superblock is at least told that the image is longer.
    writeFileSync(at("cut"), data.subarray(4096));
    using image = openStable(at("cut"));
    using fewer = openStable(at("fewer"));
    const found = await verifyImage({ image, tree: fewer, rootHash: identity.rootHash, parameters: undefined });
    expect(found.accepted).toBe(false);
  });
});

describe("a file of another length", () => {
  it.each([-4096, -1, 1, 4096])("by %d bytes is refused as data, as tree, and as both in one", async (difference) => {
    const resized = (name: string, bytes: Buffer): void => {
      writeFileSync(at(name), Buffer.concat([bytes, Buffer.alloc(8192)]));
      truncateSync(at(name), bytes.length + difference);
    };
    const size = BLOCKS * 4096;
    resized("data of another length", data);
    expect((await verified("data of another length", "tree")).causes).toEqual([
      `size of the image: ${size + difference} bytes, pinned are ${size}`,
    ]);
    resized("tree of another length", tree);
    expect((await verified("data", "tree of another length")).causes).toEqual([
      `size of the tree: ${tree.length + difference} bytes, pinned are ${tree.length}`,
    ]);
    resized("image of another length", Buffer.concat([data, tree]));
    expect((await verified("image of another length", undefined)).causes).toEqual([
      `size of the image with its tree: ${size + tree.length + difference} bytes, pinned are ${size + tree.length}`,
    ]);
  });

  it("with rubbish behind the data, which is no tree, is malformed", async () => {
    writeFileSync(at("rubbish"), Buffer.concat([data, Buffer.alloc(4096, 1)]));
    await expect(verified("rubbish", undefined)).rejects.toMatchObject({ code: "malformed" });
  });
});

it("an image without a tree is checked by its root alone", async () => {
  expect(await verified("data", undefined)).toMatchObject({ accepted: true, faults: undefined });
});

it("without a pinned shape there has to be a superblock", async () => {
  await expect(verifyImageBare()).rejects.toMatchObject({ code: "malformed" });
});

async function verifyImageBare() {
  using image = openStable(at("data"));
  return await verifyImage({ image, rootHash: identity.rootHash, parameters: undefined });
}
