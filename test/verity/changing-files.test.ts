import {
  closeSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStable } from "../../src/models/hashing/index.ts";
import { hashTree } from "../../src/models/verity/index.ts";
import { parametersOf, scratchFolder } from "./images.ts";

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);

/** 8 MiB, hashed in this thread in several pieces; 33 MiB, hashed in others. */
const SIZES = [2048, 33 * 256];

function image(name: string, blocks: number): string {
  writeFileSync(at(name), "");
  truncateSync(at(name), blocks * 4096);
  // So that a change shows in the time however coarse the clock is.
  utimesSync(at(name), 1, 1);
  return at(name);
}

function write(path: string, offset: number): void {
  const fd = openSync(path, "r+");
  writeSync(fd, Uint8Array.of(1), 0, 1, offset);
  closeSync(fd);
}

/** Sets the modification time back, as anybody can. */
function writeUnnoticed(path: string): void {
  write(path, 5);
  utimesSync(path, 1, 1);
}

/** Hashes an image and does something when the first piece has been hashed. */
async function hashedWhile(path: string, blocks: number, disturb: () => void): Promise<unknown> {
  using file = openStable(path);
  let disturbed = false;
  return await hashTree(file, parametersOf(blocks), {
    onProgress: () => {
      if (!disturbed) disturb();
      disturbed = true;
    },
  });
}

describe.each(SIZES)("an image of %d blocks", (blocks) => {
  it.each<[string, (path: string) => void]>([
    ["is written to before the place that is read", (path) => write(path, 5)],
    ["is written to behind it", (path) => write(path, blocks * 4096 - 1)],
    ["grows", (path) => truncateSync(path, (blocks + 1) * 4096)],
    ["is cut", (path) => truncateSync(path, 2 * 4096)],
    ["is written to and its time set back", writeUnnoticed],
    ["is replaced by a file of the same content", (path) => renameSync(image("other", blocks), path)],
  ])("has no digest if it %s", async (_, disturb) => {
    const path = image("image", blocks);
    await expect(hashedWhile(path, blocks, () => disturb(path))).rejects.toMatchObject({ code: "changed" });
  });

  it("is given up on a signal", async () => {
    using file = openStable(image("image", blocks));
    const controller = new AbortController();
    const { signal } = controller;
    const hashing = hashTree(file, parametersOf(blocks), { signal, onProgress: () => controller.abort() });
    await expect(hashing).rejects.toMatchObject({ code: "aborted" });
    await expect(hashTree(file, parametersOf(blocks), { signal })).rejects.toMatchObject({ code: "aborted" });
  });
});

it("a symbolic link that is pointed elsewhere meanwhile names another file", async () => {
  const path = image("image", 2048);
  symlinkSync(path, at("link"));
  const disturb = () => {
    unlinkSync(at("link"));
    symlinkSync(image("third", 2048), at("link"));
  };
  await expect(hashedWhile(at("link"), 2048, disturb)).rejects.toMatchObject({ code: "changed" });
});
