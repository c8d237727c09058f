import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openStable } from "../../src/models/hashing/index.ts";
import {
  type ImageVerification,
  treeGeometry,
  type VerityIdentity,
  verifyImage,
} from "../../src/models/verity/index.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { flipped, formatted, parametersOf, randomData, scratchFolder } from "./images.ts";

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);

// Three levels in little data: 8 digests fill a hash block.
const parameters = parametersOf(129, {
  dataBlockSize: 512,
  hashBlockSize: 512,
  algorithm: "sha512",
  salt: Uint8Array.of(1, 2),
});
const { levels, bytes: treeBytes } = treeGeometry(parameters);
const DATA_BYTES = 129 * 512;
let identity: VerityIdentity;

beforeAll(async () => {
  writeFileSync(at("data"), randomData(1, DATA_BYTES));
  identity = await formatted(at("data"), at("tree"), parameters);
});

async function verified(data: string, tree: string | undefined, pinned = identity): Promise<ImageVerification> {
  using image = openStable(at(data));
  using opened = tree === undefined ? undefined : openStable(at(tree));
  const { rootHash, ...shape } = pinned;
  return await verifyImage({ image, tree: opened, rootHash, parameters: shape });
}

const random = seededRandom(20);
const times = (count: number, bound: number): number[] => Array.from({ length: count }, () => random.below(bound));

describe("a byte that is changed", () => {
  it.each([0, DATA_BYTES - 1, ...times(40, DATA_BYTES)])(
    "at %d of the data is found, and its block named",
    async (offset) => {
      flipped(at("data"), at("bad"), offset, 1 << (offset % 8));
      const found = await verified("bad", "tree");
      expect(found).toMatchObject({ accepted: false, causes: ["the data has another root hash than the pinned one"] });
      expect(found.faults).toEqual({ dataCount: 1, data: [Math.floor(offset / 512)], treeCount: 0, tree: [] });
      expect(await verified("bad", undefined)).toMatchObject({ accepted: false, faults: undefined });
    },
  );

  it.each([0, treeBytes - 1, ...times(40, treeBytes)])(
    "at %d of the tree is found, and its block named",
    async (offset) => {
      flipped(at("tree"), at("bad"), 512 + offset, 1 << (offset % 8));
      const found = await verified("data", "bad");
      expect(found).toMatchObject({ accepted: false, causes: [expect.stringContaining("stored tree is damaged")] });
      const position = Math.floor(offset / 512);
      const level = levels.findIndex(({ start, blocks }) => position >= start && position < start + blocks);
      const index = position - (levels[level]?.start ?? 0);
      expect(found.faults).toEqual({
        dataCount: 0,
        data: [],
        treeCount: 1,
        tree: [{ level, index, offset: 512 + position * 512 }],
      });
    },
  );

  it.each([0, 8, 12, 32, 64, 68, 72, 80, 88, 511, ...times(20, 512)])(
    "at %d of the superblock is found",
    async (offset) => {
      flipped(at("tree"), at("bad"), offset);
      const uuid = offset >= 16 && offset < 32;
      const outcome = await verified("data", "bad").then(
        ({ accepted }) => accepted,
        (error: { code: string }) => error.code,
      );
      // Nothing covers the UUID, which is a label.
      if (uuid) expect(outcome).toBe(true);
      else expect([false, "malformed"]).toContain(outcome);
    },
  );
});

describe("several faults", () => {
  it("are counted, and the first named", async () => {
    const bytes = readFileSync(at("data"));
    for (let block = 3; block < 129; block += 3) bytes.writeUInt8(bytes.readUInt8(block * 512) ^ 1, block * 512);
    writeFileSync(at("bad"), bytes);
    const { faults } = await verified("bad", "tree");
    expect(faults).toMatchObject({ dataCount: 42, treeCount: 0 });
    expect(faults?.data).toEqual(Array.from({ length: 16 }, (_, index) => 3 + 3 * index));
  });

  it("in data and in the hash block over it are both named", async () => {
    const leaves = levels[0]?.start ?? 0;
    flipped(at("data"), at("bad data"), 9 * 512);
    // Block 9 is the second below the second leaf block; this is its third digest.
    flipped(at("tree"), at("bad tree"), 512 + (leaves + 1) * 512 + 2 * 64);
    const { faults } = await verified("bad data", "bad tree");
    expect(faults?.data).toContain(9);
    expect(faults?.tree).toEqual([{ level: 0, index: 1, offset: 512 + (leaves + 1) * 512 }]);
  });

  it("made to agree with each other are found by the root", async () => {
    flipped(at("data"), at("bad"), 4000);
    await formatted(at("bad"), at("bad tree"), parameters);
    const found = await verified("bad", "bad tree");
    expect(found.accepted).toBe(false);
    expect(found.causes[0]).toBe("the data has another root hash than the pinned one");
  });
});

describe("a pin that is another's", () => {
  it.each<[string, Partial<VerityIdentity>]>([
    ["salt", { salt: Uint8Array.of(1, 3) }],
    ["no salt", { salt: new Uint8Array() }],
    ["hash type", { hashType: 0 }],
    ["root hash", { rootHash: new Uint8Array(64) }],
  ])("in its %s is refused", async (_, change) => {
    expect((await verified("data", undefined, { ...identity, ...change })).accepted).toBe(false);
    expect((await verified("data", "tree", { ...identity, ...change })).accepted).toBe(false);
  });
});
