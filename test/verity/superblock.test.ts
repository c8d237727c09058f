import { describe, expect, it } from "vitest";
import { IntegrityError } from "../../src/models/hashing/index.ts";
import { parseSuperblock, treeGeometry, writeSuperblock } from "../../src/models/verity/index.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { parametersOf } from "./images.ts";

const uuid = Uint8Array.from({ length: 16 }, (_, index) => index);
const good = (): { bytes: Uint8Array; view: DataView } => {
  const bytes = writeSuperblock({ parameters: parametersOf(129, { salt: Uint8Array.of(1, 2, 3) }), uuid });
  return { bytes, view: new DataView(bytes.buffer) };
};

describe("a hostile superblock is malformed", () => {
  it.each<[string, string, (block: ReturnType<typeof good>) => void]>([
    ["signature", "no verity superblock", ({ bytes }) => bytes.set([0x56])],
    ["version 0", "version 0", ({ view }) => view.setUint32(8, 0, true)],
    ["version 2", "version 2", ({ view }) => view.setUint32(8, 2, true)],
    ["hash type", "hash type is 2", ({ view }) => view.setUint32(12, 2, true)],
    [
      "unknown algorithm",
      "hash algorithm is none of",
      ({ bytes }) => bytes.set(new TextEncoder().encode("md5\0\0\0"), 32),
    ],
    [
      "name of an object's member",
      "hash algorithm",
      ({ bytes }) => bytes.set(new TextEncoder().encode("toString"), 32),
    ],
    ["algorithm without an end", "does not end", ({ bytes }) => bytes.fill(0x61, 32, 64)],
    ["text behind the algorithm", "does not end", ({ bytes }) => bytes.set([1], 63)],
    ["data blocks of 0 bytes", "data block size is 0", ({ view }) => view.setUint32(64, 0, true)],
    ["data blocks of 3 bytes", "data block size is 3", ({ view }) => view.setUint32(64, 3, true)],
    ["data blocks of 4095 bytes", "data block size is 4095", ({ view }) => view.setUint32(64, 4095, true)],
    ["data blocks of 1 MiB", "data block size is 1048576", ({ view }) => view.setUint32(64, 1 << 20, true)],
    ["hash blocks of 2 GiB", "hash block size is 2147483648", ({ view }) => view.setUint32(68, 2 ** 31, true)],
    ["no data", "no data blocks", ({ view }) => view.setBigUint64(72, 0n, true)],
    ["2^64 - 1 blocks", "more than 2^53", ({ view }) => view.setBigUint64(72, 2n ** 64n - 1n, true)],
    ["2^52 blocks, whose size wraps", "more than 2^53", ({ view }) => view.setBigUint64(72, 2n ** 52n, true)],
    ["salt of 257 bytes", "salt of 257 bytes", ({ view }) => view.setUint16(80, 257, true)],
    ["salt of 65535 bytes", "salt of 65535 bytes", ({ view }) => view.setUint16(80, 65535, true)],
    ["bytes behind the salt", "other than zero", ({ bytes }) => bytes.set([1], 91)],
    ["bytes before the salt", "other than zero", ({ bytes }) => bytes.set([1], 87)],
    ["bytes at the end", "other than zero", ({ bytes }) => bytes.set([1], 511)],
  ])("for its %s", (_, message, change) => {
    const block = good();
    change(block);
    expect(() => parseSuperblock(block.bytes)).toThrow(message);
    expect(() => parseSuperblock(block.bytes)).toThrow(IntegrityError);
  });

  it.each([0, 8, 511, 513])("of %d bytes", (length) => {
    const bytes = new Uint8Array(length);
    bytes.set(good().bytes.subarray(0, Math.min(length, 512)));
    expect(() => parseSuperblock(bytes)).toThrow("no verity superblock");
  });

  it("never fails in another way, whatever its bytes", () => {
    const random = seededRandom(8);
    for (let round = 0; round < 2000; round++) {
      const { bytes } = good();
      for (let change = 0; change <= random.below(4); change++) bytes[8 + random.below(504)] = random.below(256);
      try {
        const { parameters, uuid: label } = parseSuperblock(bytes);
        expect(writeSuperblock({ parameters, uuid: label })).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(IntegrityError);
      }
    }
  });
});

describe("geometry", () => {
  it("puts the top first and the leaves last", () => {
    expect(treeGeometry(parametersOf(16385))).toEqual({
      digestsPerBlock: 128,
      levels: [
        { blocks: 129, start: 3 },
        { blocks: 2, start: 1 },
        { blocks: 1, start: 0 },
      ],
      blocks: 132,
      bytes: 132 * 4096,
    });
  });

  it("of the largest volume is computed at once", () => {
    const { levels } = treeGeometry(parametersOf(2 ** 44 - 1, { dataBlockSize: 512, hashBlockSize: 512 }));
    expect(levels).toHaveLength(11);
  });
});
