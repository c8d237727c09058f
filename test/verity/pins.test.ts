import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRootFile, registeredRoot } from "../../src/models/digest/index.ts";
import { formatIdentity, parseIdentity, parseTextHeader } from "../../src/models/verity/index.ts";
import { parametersOf, scratchFolder } from "./images.ts";

const ROOT = "9e51aed7f471fd72c24cf98d12760a3c20ee929745079af1ead1636a0426d027";
const IDENTITY = `verity:1:sha256:4096:4096:129:${ROOT}:0102`;
const rootHash = new Uint8Array(Buffer.from(ROOT, "hex"));
const identity = { ...parametersOf(129, { salt: Uint8Array.of(1, 2) }), rootHash };

describe("an identity", () => {
  it("has one form", () => {
    expect(formatIdentity(identity)).toBe(IDENTITY);
    expect(parseIdentity(IDENTITY)).toEqual(identity);
    expect(parseIdentity(IDENTITY.replace(ROOT, ROOT.toUpperCase()))).toEqual(identity);
    const unsalted = `verity:0:sha512:512:8192:1:${ROOT}${ROOT}:-`;
    expect(formatIdentity(parseIdentity(unsalted))).toBe(unsalted);
  });

  it.each([
    ["another prefix", IDENTITY.replace("verity", "Verity")],
    ["a part too few", IDENTITY.replace(":0102", "")],
    ["a part too many", `${IDENTITY}:`],
    ["no salt", IDENTITY.replace("0102", "")],
    ["an odd salt", IDENTITY.replace("0102", "010")],
    ["a long salt", IDENTITY.replace("0102", "01".repeat(257))],
    ["a short root", IDENTITY.replace(ROOT, ROOT.slice(2))],
    ["the root of another algorithm", IDENTITY.replace("sha256", "sha512")],
    ["an unknown algorithm", IDENTITY.replace("sha256", "sha1")],
    ["a leading zero", IDENTITY.replace(":129:", ":0129:")],
    ["no blocks", IDENTITY.replace(":129:", ":0:")],
    ["negative blocks", IDENTITY.replace(":129:", ":-1:")],
    ["an exponent", IDENTITY.replace(":129:", ":1e2:")],
    ["too many blocks", IDENTITY.replace(":129:", ":9999999999999999:")],
    ["odd blocks", IDENTITY.replace(":4096:4096:", ":4096:4095:")],
    ["a space", ` ${IDENTITY}`],
    ["great length", IDENTITY + "0".repeat(10_000_000)],
  ])("with %s is malformed", (_, text) => {
    expect(() => parseIdentity(text)).toThrow(expect.objectContaining({ code: "malformed" }));
  });
});

describe("a registry", () => {
  const registry = scratchFolder();
  const register = (name: string, content: string | Uint8Array): void =>
    writeFileSync(join(registry, `${name}.roothash`), content);

  it.each([
    ["as it is", ROOT],
    ["with a line feed", `${ROOT}\n`],
    ["with white space", ` \t${ROOT}\r\n\n`],
    ["in upper case", ROOT.toUpperCase()],
  ])("names a root hash %s", (_, content) => {
    register("m", content);
    expect(registeredRoot(registry, "m")).toEqual({ rootHash, parameters: undefined });
  });

  it("names an identity", () => {
    register("Qwen3-32B_v1.0", `${IDENTITY}\n`);
    const { rootHash: root, ...parameters } = identity;
    expect(registeredRoot(registry, "Qwen3-32B_v1.0")).toEqual({ rootHash: root, parameters });
  });

  it("names nothing, at once, when the file is gone", () => {
    register("gone", ROOT);
    expect(registeredRoot(registry, "gone")).toBeDefined();
    rmSync(join(registry, "gone.roothash"));
    expect(registeredRoot(registry, "gone")).toBeUndefined();
    expect(registeredRoot(join(registry, "absent"), "m")).toBeUndefined();
  });

  it.each<[string, string | Uint8Array]>([
    ["63 digits", ROOT.slice(1)],
    ["62 digits", ROOT.slice(2)],
    ["65 digits", `${ROOT}0`],
    ["66 digits", `${ROOT}00`],
    ["another algorithm's length", ROOT + ROOT],
    ["two lines", `${ROOT}\n${ROOT}`],
    ["two halves", `${ROOT.slice(0, 32)}\n${ROOT.slice(32)}`],
    ["no hex", `${ROOT.slice(1)}g`],
    ["a prefix", `0x${ROOT.slice(2)}`],
    ["nothing", ""],
    ["a NUL", `${ROOT}\0`],
    ["a no-break space", Buffer.from(`${ROOT}\u00a0`, "latin1")],
    ["a megabyte", "\n".repeat(1024 * 1024) + ROOT],
  ])("is malformed with %s", (_, content) => {
    register("m", content);
    expect(() => registeredRoot(registry, "m")).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  it("is malformed with a link, a directory or a pipe, for which it does not wait", () => {
    register("m", ROOT);
    symlinkSync(join(registry, "m.roothash"), join(registry, "link.roothash"));
    mkdirSync(join(registry, "directory.roothash"));
    execFileSync("mkfifo", [join(registry, "pipe.roothash")]);
    for (const name of ["link", "directory", "pipe"]) {
      expect(() => registeredRoot(registry, name)).toThrow(expect.objectContaining({ code: "malformed" }));
    }
    expect(() => readRootFile("/dev/zero")).toThrow("is not a regular file");
  });

  it.each(["", ".", "..", "../m", "/etc/passwd", "a/b", "-flag", ".hidden", "m\0", "m\n", "é", "m".repeat(300)])(
    "has no model %j",
    (name) => {
      register("m", ROOT);
      expect(() => registeredRoot(registry, name)).toThrow("no name of a model");
    },
  );
});

describe("a text header", () => {
  const FIRST = "PRIVASYS-VERITY-V1";
  const header = (...lines: readonly string[]): Uint8Array => {
    const bytes = new Uint8Array(4096);
    bytes.set(new TextEncoder().encode(`${lines.join("\n")}\n`));
    return bytes;
  };

  it.each([
    [["HASH_ALG=sha256", "DATA_BLOCK_SIZE=4096", "HASH_BLOCK_SIZE=4096"]],
    [["DATA_BLOCKS=129", "DATA_BLOCK_SIZE=4096", "HASH_BLOCK_SIZE=4096", "ALGORITHM=sha256", "SALT=0102"]],
  ])("agrees in both spellings", (lines) => {
    expect(parseTextHeader(header(FIRST, `ROOTHASH=${ROOT}`, ...lines)).contradictions(identity)).toEqual([]);
  });

  it.each([
    [`ROOTHASH=${ROOT.replace("9", "8")}`, "rootHash"],
    [`ROOTHASH=${ROOT}\nSALT=0103`, "salt"],
    [`ROOTHASH=${ROOT}\nDATA_BLOCKS=128`, "dataBlocks"],
    [`ROOTHASH=${ROOT}\nDATA_BLOCK_SIZE=512`, "dataBlockSize"],
    [`ROOTHASH=${ROOT}\nHASH_BLOCK_SIZE=04096`, "hashBlockSize"],
    [`ROOTHASH=${ROOT}\nHASH_ALG=sha512`, "algorithm"],
  ])("contradicts: %j", (lines, member) => {
    expect(parseTextHeader(header(FIRST, lines)).contradictions(identity)).toEqual([expect.stringContaining(member)]);
  });

  it.each<[string, Uint8Array]>([
    ["another first line", header(`${FIRST}0`, `ROOTHASH=${ROOT}`)],
    ["no root hash", header(FIRST, "HASH_ALG=sha256")],
    ["a key twice", header(FIRST, `ROOTHASH=${ROOT}`, `ROOTHASH=${ROOT}`)],
    ["both spellings of one", header(FIRST, `ROOTHASH=${ROOT}`, "HASH_ALG=sha256", "ALGORITHM=sha256")],
    ["an unknown key", header(FIRST, `ROOTHASH=${ROOT}`, "FEC=1")],
    ["a line without a value", header(FIRST, `ROOTHASH=${ROOT}`, "SALT")],
    ["no end", header(FIRST, `ROOTHASH=${ROOT}`).fill(0x0a, 90)],
    ["text behind the end", header(FIRST, `ROOTHASH=${ROOT}`).fill(1, 4095)],
  ])("is malformed with %s", (_, bytes) => {
    expect(() => parseTextHeader(bytes)).toThrow(expect.objectContaining({ code: "malformed" }));
  });
});
