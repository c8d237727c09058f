import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { openStable } from "../../src/models/hashing/index.ts";
import { type ImageFormat, type SealRequest, sealedIdentity, sealModel } from "../../src/models/image/index.ts";
import { verifyImage } from "../../src/models/verity/index.ts";
import { sharedVectors } from "../support/shared-vectors.ts";
import { installed, scratchFolder, veritysetup } from "./images.ts";

const scratch = scratchFolder();
const haveErofs = installed("mkfs.erofs", "apt install erofs-utils");
const FORMATS: readonly ImageFormat[] = haveErofs ? ["erofs", "tar"] : ["tar"];
const LONG = `${"long/".repeat(25)}name`;

/** A model directory made in some order. */
function model(order: readonly string[] = ["config.json", "sub/b", "sub/a", LONG]): string {
  const directory = join(mkdtempSync(join(scratch, "m-")), "model");
  for (const name of order) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), `content of ${name}`.repeat(999));
  }
  return directory;
}

async function sealed(directory: string, others: Partial<SealRequest> = {}) {
  const out = join(directory, "../out.img");
  const made = await sealModel({
    directory,
    out,
    source: "example/model",
    revision: "0123456789abcdef",
    format: undefined,
    overwrite: false,
    onProgress: () => undefined,
    ...others,
  });
  return { ...made, bytes: readFileSync(made.image), manifest: readFileSync(made.manifestFile, "utf8") };
}

function otherContent(directory: string): Partial<SealRequest> {
  writeFileSync(join(directory, "sub/a"), "other");
  return {};
}

const refused = { code: "refused" };

describe.each(FORMATS)("an image as %s", (format) => {
  it("is the same for the same files, whatever their order, times, modes and links", async () => {
    const one = await sealed(model(), { format });
    const directory = model([LONG, "sub/a", "sub/b", "config.json"]);
    utimesSync(join(directory, "config.json"), 5, 5);
    chmodSync(join(directory, "config.json"), 0o4755);
    chmodSync(join(directory, "sub"), 0o700);
    mkdirSync(join(directory, ".cache/huggingface"), { recursive: true });
    writeFileSync(join(directory, ".cache/huggingface/lock"), "left out");
    linkSync(join(directory, "sub/a"), join(directory, "../another name"));
    const umask = process.umask(0o077);
    try {
      const other = await sealed(directory, { format });
      expect(other.bytes.equals(one.bytes)).toBe(true);
      expect(other.manifest).toBe(one.manifest);
      expect(readFileSync(other.rootHashFile, "utf8")).toBe(readFileSync(one.rootHashFile, "utf8"));
    } finally {
      process.umask(umask);
    }
  });

  it("holds the same file twice as two, whether or not they are links to one", async () => {
    const one = model(["a"]);
    writeFileSync(join(one, "b"), readFileSync(join(one, "a")));
    const hard = model(["a"]);
    linkSync(join(hard, "a"), join(hard, "b"));
    const soft = model(["a"]);
    symlinkSync("a", join(soft, "b"));
    const images = await Promise.all([one, hard, soft].map((directory) => sealed(directory, { format })));
    expect(new Set(images.map(({ bytes }) => createHash("sha256").update(bytes).digest("hex"))).size).toBe(1);
  });

  it.each<[string, (directory: string) => Partial<SealRequest>]>([
    ["content", otherContent],
    ["source", () => ({ source: "example/other" })],
    ["revision", () => ({ revision: "0" })],
    ["source and revision, which are absent", () => ({ source: undefined, revision: undefined })],
  ])("has another root hash with another %s", async (_, change) => {
    const one = await sealed(model(), { format });
    const directory = model();
    const other = await sealed(directory, { format, ...change(directory) });
    expect(bytesToHex(other.model.identity.rootHash)).not.toBe(bytesToHex(one.model.identity.rootHash));
  });

  it("is accepted with its manifest, and no longer when a byte of it changes", async () => {
    const { image, manifest, bytes } = await sealed(model(), { format });
    const { rootHash, ...parameters } = sealedIdentity(manifest);
    const accepted = async (): Promise<boolean> => {
      using file = openStable(image);
      return (await verifyImage({ image: file, rootHash, parameters })).accepted;
    };
    expect(await accepted()).toBe(true);
    bytes.writeUInt8(bytes.readUInt8(4321) ^ 1, 4321);
    writeFileSync(image, bytes);
    expect(await accepted()).toBe(false);
  });

  it.skipIf(!installed("veritysetup", "apt install cryptsetup-bin"))("passes veritysetup", async () => {
    const { image, model: made, rootHashFile } = await sealed(model(), { format });
    const offset = made.identity.dataBlocks * 4096;
    expect(veritysetup("verify", image, image, `--hash-offset=${offset}`, `--root-hash-file=${rootHashFile}`)).toBe(
      true,
    );
  });

  it("lists its files", async () => {
    const { manifest } = await sealed(model(), { format });
    const { files, image } = JSON.parse(manifest);
    expect(files.list.map(({ name }: { name: string }) => name)).toEqual(["config.json", LONG, "sub/a", "sub/b"]);
    expect(files.list[2]).toEqual({
      name: "sub/a",
      size: 16 * 999,
      sha256: createHash("sha256").update("content of sub/a".repeat(999)).digest("hex"),
    });
    expect(image).toMatchObject({ format, excluded: [".cache", ".git", ".huggingface"] });
    if (format === "erofs") expect(image.tools["mkfs.erofs"]).toMatch(/^\d+\.\d+/);
  });

  it("leaves nothing else behind, also when it is given up", async () => {
    const directory = model();
    await sealed(directory, { format });
    expect(readdirSync(join(directory, "..")).sort()).toEqual([
      "model",
      "out.img",
      "out.img.manifest.json",
      "out.img.roothash",
    ]);
    const given = model();
    const controller = new AbortController();
    const sealing = sealed(given, { format, signal: controller.signal, onProgress: () => controller.abort() });
    await expect(sealing).rejects.toMatchObject({ code: "aborted" });
    expect(readdirSync(join(given, ".."))).toEqual(["model"]);
  });

  it.each(["out.img", "out.img.roothash", "out.img.manifest.json"])(
    "does not replace %s unless told to",
    async (name) => {
      const directory = model();
      const existing = join(directory, "..", name);
      writeFileSync(existing, "precious");
      await expect(sealed(directory, { format })).rejects.toMatchObject(refused);
      expect(readFileSync(existing, "utf8")).toBe("precious");
      await sealed(directory, { format, overwrite: true });
      expect(readFileSync(existing, "utf8")).not.toBe("precious");
    },
  );

  it("does not replace a file that comes into existence meanwhile", async () => {
    const directory = model();
    const onProgress = () => writeFileSync(join(directory, "../out.img"), "precious");
    await expect(sealed(directory, { format, onProgress })).rejects.toMatchObject(refused);
    expect(readFileSync(join(directory, "../out.img"), "utf8")).toBe("precious");
    expect(readdirSync(join(directory, "..")).sort()).toEqual(["model", "out.img"]);
  });

  it("is not made of files that change meanwhile", async () => {
    const directory = model();
    chmodSync(join(directory, "sub/a"), 0o644);
    utimesSync(join(directory, "sub/a"), 5, 5);
    const onProgress = (stage: string) => {
      // In place: a staged link and the file are one.
      if (stage === "making the image") writeFileSync(join(directory, "sub/a"), "content of sub/b".repeat(999));
    };
    await expect(sealed(directory, { format, onProgress })).rejects.toMatchObject({ code: "changed" });
    expect(existsSync(join(directory, "../out.img"))).toBe(false);
  });
});

describe("sealing is refused", () => {
  it.each<[string, Partial<SealRequest>]>([
    ["a source without a revision", { revision: undefined }],
    ["a revision without a source", { source: undefined }],
    ["an empty revision", { revision: "" }],
    ["a source with a line feed", { source: "a\nb" }],
  ])("with %s", async (_, others) => {
    await expect(sealed(model(), others)).rejects.toMatchObject(refused);
  });

  it("into the directory itself", async () => {
    const directory = model();
    for (const out of ["x.img", "sub/x.img"]) {
      await expect(sealed(directory, { out: join(directory, out) })).rejects.toMatchObject(refused);
    }
  });

  it.each<[string, string | Buffer]>([
    ["a control character", "a\u001b[2J"],
    ["a line feed", "a\nb"],
    ["bytes that are no UTF-8", Buffer.of(0x61, 0xff)],
  ])("of a file whose name holds %s", async (_, name) => {
    const directory = model();
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name)]), "");
    const sealing = sealed(directory);
    await expect(sealing).rejects.toMatchObject({ code: "malformed" });
    await expect(sealing).rejects.not.toThrow(/\p{Cc}/u);
  });

  it("of a link out of the directory", async () => {
    const directory = model();
    symlinkSync("/etc/hostname", join(directory, "link"));
    await expect(sealed(directory)).rejects.toMatchObject({ code: "malformed" });
  });
});

describe("a tar image", () => {
  it("is read by tar, to the last byte", async () => {
    const directory = model([`${"x".repeat(100)}`, `${"y".repeat(101)}`, LONG, "é"]);
    const { image } = await sealed(directory, { format: "tar" });
    const list = execFileSync("tar", ["--list", "--verbose", "--utc", "--full-time", "-f", image])
      .toString()
      .trimEnd()
      .split("\n");
    expect(list).toHaveLength(4);
    for (const line of list) expect(line).toMatch(/^-rw-r--r-- 0\/0 +\d+ 1970-01-01 00:00:00 /);
    const to = mkdtempSync(join(scratch, "x-"));
    execFileSync("tar", ["--extract", "-f", image, "-C", to]);
    execFileSync("diff", ["--recursive", directory, to]);
  });
});

interface Recipe {
  readonly modelwrap_recipe: Record<
    "model_at_revision" | "salt" | "uuid" | "root_hash" | "mpk_sha256" | "erofs_utils",
    string
  >;
}

const recipe = sharedVectors<Recipe>("dm-verity.json")?.modelwrap_recipe;

describe.skipIf(recipe === undefined || !haveErofs)("the image of modelwrap's recipe", () => {
  if (recipe === undefined) return;
  const [source, revision] = recipe.model_at_revision.split("@");

  it("is this one", async () => {
    const directory = join(mkdtempSync(join(scratch, "m-")), "model");
    mkdirSync(join(directory, "sub"), { recursive: true });
    writeFileSync(join(directory, "config.json"), '{"a":1}\n');
    writeFileSync(
      join(directory, "model.safetensors"),
      Buffer.from(Array.from({ length: 700_000 }, (_, i) => (11 * i + Math.floor(i / 256)) & 255)),
    );
    writeFileSync(join(directory, "sub/t.txt"), "x");
    const { bytes, manifest, rootHashFile } = await sealed(directory, { source, revision });
    const { verity, image } = JSON.parse(manifest);
    expect(verity).toMatchObject({ salt: recipe.salt, uuid: recipe.uuid });
    expect(sealedIdentity(manifest).salt).toEqual(hexToBytes(recipe.salt));
    if (!recipe.erofs_utils.startsWith(`${image.tools["mkfs.erofs"]}-`)) {
      process.stderr.write(`skipped: the known image is of erofs-utils ${recipe.erofs_utils}\n`);
      return;
    }
    expect(readFileSync(rootHashFile, "utf8")).toBe(`${recipe.root_hash}\n`);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(recipe.mpk_sha256);
  });
});
