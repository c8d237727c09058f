import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configfsProvider, configfsQuoteSource } from "../../../src/tee/configfs/index.ts";
import {
  type SimulatedConfigfs,
  type SimulatedConfigfsOptions,
  startSimulatedConfigfs,
} from "../../../src/tee/simulated/configfs/index.ts";
import { openSimulatedPlatform, type SimulatedPlatform } from "../../../src/tee/simulated/platform/index.ts";

let parent: string;
let platform: SimulatedPlatform;
const running: SimulatedConfigfs[] = [];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "countersign-configfs-"));
  platform = openSimulatedPlatform(join(parent, "state"));
});
afterEach(() => {
  for (const configfs of running.splice(0)) configfs.close();
  rmSync(parent, { recursive: true });
});

function start(options: Partial<SimulatedConfigfsOptions> = {}): string {
  const configfs = startSimulatedConfigfs({ root: join(parent, "report"), quoteMaker: platform.quote, ...options });
  running.push(configfs);
  return configfs.root;
}

const reportData = (seed: number): Uint8Array => new Uint8Array(64).fill(seed);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const reportDataOf = (quote: Uint8Array): string => hex(quote.subarray(568, 632));

describe("the production source", () => {
  it("gets a quote for exactly what it asked", async () => {
    const source = configfsQuoteSource({ root: start(), simulated: true });
    const { quote, eventLog, vmConfig } = await source.quote(reportData(7));
    expect(reportDataOf(quote)).toBe(hex(reportData(7)));
    expect(quote.length).toBe(platform.quote({ reportData: reportData(7) }).length);
    expect([eventLog, vmConfig]).toEqual([undefined, undefined]);
  });

  it("gets many at once, each its own", async () => {
    const root = start();
    const sources = [configfsQuoteSource({ root }), configfsQuoteSource({ root })];
    const seeds = Array.from({ length: 12 }, (_, index) => index);
    const quotes = await Promise.all(
      seeds.map(async (seed) => (await sources[seed % 2]?.quote(reportData(seed)))?.quote ?? new Uint8Array(0)),
    );
    expect(quotes.map(reportDataOf)).toEqual(seeds.map((seed) => hex(reportData(seed))));
  });

  it("tries again while another writer interferes, and gives up in the end", async () => {
    const patient = configfsQuoteSource({ root: start({ interferences: 2 }) });
    expect(reportDataOf((await patient.quote(reportData(1))).quote)).toBe(hex(reportData(1)));
    const root = start({ root: join(parent, "other"), interferences: 3 });
    await expect(configfsQuoteSource({ root }).quote(reportData(1))).rejects.toMatchObject({ code: "tee.refused" });
  });

  it("takes no other provider's reports", async () => {
    const root = start({ provider: "sev_guest" });
    expect(await configfsProvider(root)).toBe("sev_guest");
    await expect(configfsQuoteSource({ root }).quote(reportData(1))).rejects.toMatchObject({ code: "tee.unsupported" });
  });

  it("takes no quote for other bytes", async () => {
    const root = start({ quoteMaker: (input) => platform.quote({ ...input, reportData: reportData(9) }) });
    await expect(configfsQuoteSource({ root }).quote(reportData(1))).rejects.toMatchObject({ code: "tee.mismatch" });
  });
});

describe("an entry", () => {
  /** Resolves once the file is there; the test's own time limit is the only one. */
  async function appears(path: string): Promise<string> {
    while (!existsSync(path)) await new Promise(setImmediate);
    return readFileSync(path, "latin1");
  }

  it("has its attributes before inblob, and a new generation before outblob", async () => {
    const entry = join(start(), "one");
    await mkdir(entry);
    expect(await appears(join(entry, "inblob"))).toBe("");
    expect(readFileSync(join(entry, "provider"), "utf8")).toBe("tdx_guest\n");
    expect(readFileSync(join(entry, "generation"), "utf8")).toBe("0\n");
    expect(existsSync(join(entry, "outblob"))).toBe(false);
    await writeFile(join(entry, "inblob"), reportData(3), { flag: "r+" });
    await appears(join(entry, "outblob"));
    expect(readFileSync(join(entry, "generation"), "utf8")).toBe("1\n");
  });

  it("has no report for anything but 64 bytes", async () => {
    const entry = join(start(), "one");
    await mkdir(entry);
    await appears(join(entry, "inblob"));
    await writeFile(join(entry, "inblob"), reportData(3).subarray(1), { flag: "r+" });
    // The generation is what shows that the write was seen.
    while (readFileSync(join(entry, "generation"), "utf8") !== "1\n") await new Promise(setImmediate);
    expect(existsSync(join(entry, "outblob"))).toBe(false);
  });

  it("is served if it was there first", async () => {
    const root = join(parent, "report");
    await mkdir(join(root, "early"), { recursive: true, mode: 0o700 });
    start();
    expect(await appears(join(root, "early", "inblob"))).toBe("");
  });
});

describe("the directory", () => {
  it("is its owner's alone, keeps no more than 64 entries, and is empty after close", async () => {
    const root = start();
    expect(statSync(root).mode & 0o777).toBe(0o700);
    const source = configfsQuoteSource({ root });
    for (let request = 0; request < 70; request++) await source.quote(reportData(request));
    expect(readdirSync(root)).toHaveLength(64);
    running.splice(0)[0]?.close();
    expect(readdirSync(root)).toEqual([]);
  });
});
