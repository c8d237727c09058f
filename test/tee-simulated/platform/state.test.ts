import { execFile } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStateFile, openSimulatedPlatform, readStateFile } from "../../../src/tee/simulated/platform/index.ts";
import { TeeError } from "../../../src/tee/tee-error.ts";
import { oracleStatus } from "./oracle.ts";

const NOW = Date.UTC(2026, 1, 3) / 1000;
const MODULE = resolve(import.meta.dirname, "../../../src/tee/simulated/platform/index.ts");

let parent: string;
let directory: string;
let file: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "countersign-state-"));
  directory = join(parent, "tee");
  file = join(directory, "platform.json");
});
afterEach(() => rmSync(parent, { recursive: true }));

function failure(action: () => unknown): TeeError {
  try {
    action();
  } catch (error) {
    if (error instanceof TeeError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe("a state directory", () => {
  it("is made for its owner alone, with one file", () => {
    openSimulatedPlatform(directory);
    expect(mode(directory)).toBe("700");
    expect(mode(file)).toBe("600");
    expect(readdirSync(directory)).toEqual(["platform.json"]);
  });

  it("keeps the platform", () => {
    const first = openSimulatedPlatform(directory);
    const quote = first.quote({ reportData: new Uint8Array(64) });
    const kept = readFileSync(file);
    const second = openSimulatedPlatform(directory);
    expect(second.rootFingerprint).toBe(first.rootFingerprint);
    expect(second.ppid).toBe(first.ppid);
    expect(second.platformInstanceId).toBe(first.platformInstanceId);
    // A quote from before holds with collateral from after.
    expect(oracleStatus(quote, second.collateral(NOW), NOW, second.rootCertificate).status).toBe("UpToDate");
    expect(readFileSync(file)).toEqual(kept);
  });

  it("makes another platform once it was deleted", () => {
    const first = openSimulatedPlatform(directory);
    rmSync(directory, { recursive: true });
    expect(openSimulatedPlatform(directory).rootFingerprint).not.toBe(first.rootFingerprint);
  });

  it("gives one platform to processes that start together", async () => {
    const script = `const { openSimulatedPlatform } = await import(process.argv[1]);
      process.stdout.write(openSimulatedPlatform(process.argv[2]).rootFingerprint);`;
    const start = () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, MODULE, directory]);
    const outputs = await Promise.all([start(), start()]);
    const fingerprints = new Set(outputs.map(({ stdout }) => stdout));
    expect([...fingerprints]).toEqual([openSimulatedPlatform(directory).rootFingerprint]);
    expect(readdirSync(directory)).toEqual(["platform.json"]);
  });
});

describe("refused, and left as it is", () => {
  it("a directory that others may enter", () => {
    mkdirSync(directory, { mode: 0o750 });
    expect(failure(() => openSimulatedPlatform(directory))).toMatchObject({ code: "tee.mismatch" });
    expect(failure(() => openSimulatedPlatform(directory)).message).toContain("chmod 700");
    expect(readdirSync(directory)).toEqual([]);
  });

  it("a path that is no directory, or a link to one", () => {
    writeFileSync(directory, "");
    expect(failure(() => openSimulatedPlatform(directory)).code).toBe("tee.unreachable");
    const link = join(parent, "link");
    mkdirSync(join(parent, "real"), { mode: 0o700 });
    symlinkSync(join(parent, "real"), link);
    expect(failure(() => openSimulatedPlatform(link))).toMatchObject({ code: "tee.mismatch" });
  });

  it("a file that others may read", () => {
    openSimulatedPlatform(directory);
    chmodSync(file, 0o640);
    expect(failure(() => openSimulatedPlatform(directory)).message).toMatch(/^\[tee\.mismatch\].*chmod 600/);
  });

  it("a link, a directory, and a file too large", () => {
    openSimulatedPlatform(directory);
    const elsewhere = join(parent, "elsewhere.json");
    writeFileSync(elsewhere, readFileSync(file), { mode: 0o600 });
    rmSync(file);
    symlinkSync(elsewhere, file);
    expect(failure(() => openSimulatedPlatform(directory)).code).toBe("tee.unreachable");
    rmSync(file);
    mkdirSync(file, { mode: 0o700 });
    expect(failure(() => openSimulatedPlatform(directory)).code).toBe("tee.mismatch");
    rmSync(file, { recursive: true });
    writeFileSync(file, " ".repeat(64 * 1024 + 1), { mode: 0o600 });
    expect(failure(() => openSimulatedPlatform(directory)).message).toContain("too large");
  });

  interface Pair {
    certificate: string;
    privateKey: string;
  }
  type Document = Record<"root" | "pckCa" | "pck" | "tcbSigning", Pair> & Record<string, unknown>;

  const broken: readonly [string, string, (document: Document, other: Document) => unknown][] = [
    ["empty text", "document: unreadable", () => undefined],
    ["an unknown format", "format", (document) => ({ ...document, format: "countersign.simulated-platform.v2" })],
    ["a list", "not an object", () => []],
    ["a missing field", "fields missing", ({ qeId: _, ...rest }) => rest],
    ["a further field", "fields missing", (document) => ({ ...document, extra: 1 })],
    ["a further field of a key", "root: fields", ({ root, ...rest }) => ({ ...rest, root: { ...root, extra: 1 } })],
    ["a key that is none", "attestationKey: unreadable", (document) => ({ ...document, attestationKey: "PRIVATE" })],
    [
      "a certificate that is none",
      "pck.certificate: unreadable",
      ({ pck, ...rest }) => ({ ...rest, pck: { ...pck, certificate: "x" } }),
    ],
    ["an identifier that is none", "ppid: not 16 bytes", (document) => ({ ...document, ppid: "00" })],
    ["another platform's identifier", "another platform", (document, { ppid }) => ({ ...document, ppid })],
    [
      "another certificate's key",
      "pck: key, certificate and issuer",
      ({ pck, pckCa, ...rest }) => ({ ...rest, pckCa, pck: { ...pck, privateKey: pckCa.privateKey } }),
    ],
    ["another platform's root", "pckCa: key, certificate and issuer", (document, { root }) => ({ ...document, root })],
    [
      "another platform's TCB signing",
      "tcbSigning: key, certificate and issuer",
      (document, { tcbSigning }) => ({ ...document, tcbSigning }),
    ],
  ];

  it.each(broken)("%s", (_, reason, change) => {
    openSimulatedPlatform(directory);
    const second = join(parent, "second");
    openSimulatedPlatform(second);
    const document: Document = JSON.parse(readFileSync(file, "utf8"));
    const other: Document = JSON.parse(readFileSync(join(second, "platform.json"), "utf8"));
    const text = JSON.stringify(change(document, other)) ?? "";
    writeFileSync(file, text);
    const { code, message, cause } = failure(() => openSimulatedPlatform(directory));
    expect(code).toBe("tee.malformed");
    expect(message).toContain(reason);
    expect(message).toContain(`Delete ${directory}`);
    expect(message).not.toContain("PRIVATE");
    expect(cause).toBeUndefined();
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

describe("a state file", () => {
  it("is made once", () => {
    mkdirSync(directory, { mode: 0o700 });
    expect(readStateFile(directory, "a.json")).toBeUndefined();
    expect(createStateFile(directory, "a.json", "first")).toBe(true);
    expect(createStateFile(directory, "a.json", "second")).toBe(false);
    expect(readStateFile(directory, "a.json")).toBe("first");
    expect(readdirSync(directory)).toEqual(["a.json"]);
  });
});
