import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { openStable } from "../../src/models/hashing/index.ts";
import {
  checkedParameters,
  parseSuperblock,
  parseTextHeader,
  treeGeometry,
  type VerityParameters,
  verifyImage,
  writeSuperblock,
} from "../../src/models/verity/index.ts";
import { sharedVectors } from "../support/shared-vectors.ts";
import { formatted, parametersOf, patternData, scratchFolder } from "./images.ts";

interface Vectors {
  readonly data_pattern: { readonly block_130_sha256: string };
  readonly parameters: { readonly salt: string; readonly uuid: string };
  readonly vectors: readonly {
    readonly data_blocks: number;
    readonly root_hash: string;
    readonly blocks_per_level_top_first: readonly number[];
    readonly hash_device_bytes: number;
    readonly hash_device_sha256: string;
  }[];
  readonly superblock: { readonly first_120_bytes_hex: string; readonly sha256_of_512_bytes: string };
  readonly layouts: readonly {
    readonly name: string;
    readonly root_hash: string;
    readonly file_sha256?: string;
    readonly header_ascii_lines?: readonly string[];
  }[];
  readonly variants: readonly {
    readonly name: string;
    readonly data_blocks: number;
    readonly algorithm: string;
    readonly salt: string;
    readonly hash_type: 0 | 1;
    readonly hash_block_size?: number;
    readonly root_hash: string;
    readonly hash_device_bytes: number;
  }[];
}

// Made with veritysetup, and computed by others again.
const known = sharedVectors<Vectors>("dm-verity.json");
const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe.skipIf(known === undefined)("known answers of veritysetup", () => {
  if (known === undefined) return;
  const salt = hexToBytes(known.parameters.salt);
  const uuid = hexToBytes(known.parameters.uuid.replaceAll("-", ""));

  it("begin with the same data", () => {
    expect(sha256(patternData(131).subarray(130 * 4096))).toBe(known.data_pattern.block_130_sha256);
  });

  it.each(known.vectors)("$data_blocks blocks", async (vector) => {
    const parameters = parametersOf(vector.data_blocks, { salt });
    writeFileSync(at("data"), patternData(vector.data_blocks));
    const { rootHash } = await formatted(at("data"), at("tree"), parameters, uuid);
    expect(bytesToHex(rootHash)).toBe(vector.root_hash);
    const tree = readFileSync(at("tree"));
    expect(tree.length).toBe(vector.hash_device_bytes);
    expect(sha256(tree)).toBe(vector.hash_device_sha256);
    const blocks = treeGeometry(parameters).levels.map((level) => level.blocks);
    expect(blocks.reverse()).toEqual(vector.blocks_per_level_top_first);
  });

  it("of the superblock", () => {
    const bytes = writeSuperblock({ parameters: parametersOf(129, { salt }), uuid });
    expect(bytesToHex(bytes.subarray(0, 120))).toBe(known.superblock.first_120_bytes_hex);
    expect(sha256(bytes)).toBe(known.superblock.sha256_of_512_bytes);
    expect(parseSuperblock(bytes)).toEqual({ parameters: parametersOf(129, { salt }), uuid });
  });

  it.each(known.variants.filter(({ algorithm }) => algorithm !== "sha1"))("of $name", async (variant) => {
    const data = variant.name === "all_zero_data" ? Buffer.alloc(129 * 4096) : patternData(variant.data_blocks);
    writeFileSync(at("data"), data);
    const parameters = checkedParameters({
      hashType: variant.hash_type,
      algorithm: variant.algorithm,
      dataBlockSize: 4096,
      hashBlockSize: variant.hash_block_size ?? 4096,
      dataBlocks: BigInt(variant.data_blocks),
      salt: hexToBytes(variant.salt),
    });
    const { rootHash } = await formatted(at("data"), at("tree"), parameters);
    expect(bytesToHex(rootHash)).toBe(variant.root_hash);
    expect(readFileSync(at("tree")).length).toBe(variant.hash_device_bytes);
  });

  it("with SHA-1 are refused", () => {
    const stated = { ...parametersOf(129, { salt }), algorithm: "sha1", dataBlocks: 129n };
    expect(() => checkedParameters(stated)).toThrow("the hash algorithm is none of sha256, sha512");
  });

  describe("in every layout", () => {
    const root = known.layouts[0]?.root_hash ?? "";
    const files = async () => {
      writeFileSync(at("data"), patternData(129));
      await formatted(at("data"), at("tree"), parametersOf(129, { salt }), uuid);
      return { data: readFileSync(at("data")), tree: readFileSync(at("tree")) };
    };
    const accepts = async (image: string, tree: string | undefined, parameters: VerityParameters | undefined) => {
      using opened = openStable(image);
      using openedTree = tree === undefined ? undefined : openStable(tree);
      const found = await verifyImage({ image: opened, tree: openedTree, rootHash: hexToBytes(root), parameters });
      expect(found).toMatchObject({ accepted: true, causes: [], faults: { dataCount: 0, treeCount: 0 } });
    };

    it("without a superblock", async () => {
      const { tree } = await files();
      writeFileSync(at("bare"), tree.subarray(4096));
      await accepts(at("data"), at("bare"), parametersOf(129, { salt }));
    });

    it.each([undefined, parametersOf(129, { salt })])("behind the data", async (parameters) => {
      const { data, tree } = await files();
      const image = Buffer.concat([data, tree]);
      expect(sha256(image)).toBe(known.layouts.find(({ name }) => name === "appended_to_data")?.file_sha256);
      writeFileSync(at("image"), image);
      await accepts(at("image"), undefined, parameters);
    });

    it("after a text header", async () => {
      const { tree } = await files();
      const layout = known.layouts.find(({ name }) => name === "text_header_then_superblock");
      const header = Buffer.alloc(4096);
      header.write(`${layout?.header_ascii_lines?.join("\n")}\n`);
      const device = Buffer.concat([header, tree]);
      expect(sha256(device)).toBe(layout?.file_sha256);
      writeFileSync(at("device"), device);
      expect(() => parseTextHeader(header)).not.toThrow();
      await accepts(at("data"), at("device"), parametersOf(129, { salt }));
      await accepts(at("data"), at("device"), undefined);
    });
  });
});
