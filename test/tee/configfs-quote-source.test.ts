import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configfsProvider, configfsQuoteSource } from "../../src/tee/index.ts";
import { fifoKernel } from "./fifo-kernel.ts";
import { hex, REPORT_DATA, unsignedQuote } from "./quote-fixture.ts";
import { temporaryFolder } from "./scripted-agent.ts";

describe("a quote through configfs-tsm", () => {
  it("is asked for with 64 bytes in one write, in an entry of its own that is gone afterwards", async () => {
    const { root, inputs } = fifoKernel({});
    const source = configfsQuoteSource({ root });
    expect(source).toMatchObject({ kind: "configfs-tsm", simulated: false, endpoint: root });
    const { quote, eventLog, vmConfig } = await source.quote(REPORT_DATA);
    expect([hex(quote), eventLog, vmConfig]).toEqual([hex(unsignedQuote(REPORT_DATA)), undefined, undefined]);
    expect(inputs.map(hex)).toEqual([hex(REPORT_DATA)]);
    expect(readdirSync(root)).toEqual([]);
  });

  it("is made one at a time", async () => {
    let open = 0;
    let most = 0;
    const { root } = fifoKernel({
      outblob: async (inblob) => {
        most = Math.max(most, ++open);
        await new Promise(setImmediate);
        open--;
        return unsignedQuote(inblob);
      },
    });
    const source = configfsQuoteSource({ root });
    const wanted = [1, 2, 3].map((byte) => new Uint8Array(64).fill(byte));
    const quotes = await Promise.all(wanted.map((reportData) => source.quote(reportData)));
    expect(quotes.map(({ quote }) => hex(quote))).toEqual(wanted.map((reportData) => hex(unsignedQuote(reportData))));
    expect(most).toBe(1);
    expect(readdirSync(root)).toEqual([]);
  });

  it("is asked for again if another writer interfered, a bounded number of times", async () => {
    const interfered = { generations: ["7", "9"] } as const;
    const once = fifoKernel(interfered, {});
    expect(hex((await configfsQuoteSource({ root: once.root }).quote(REPORT_DATA)).quote)).toBe(
      hex(unsignedQuote(REPORT_DATA)),
    );
    expect(once.inputs).toHaveLength(2);
    const always = fifoKernel(interfered);
    await expect(configfsQuoteSource({ root: always.root, attempts: 2 }).quote(REPORT_DATA)).rejects.toMatchObject({
      code: "tee.refused",
    });
    expect(always.inputs).toHaveLength(2);
    expect(readdirSync(always.root)).toEqual([]);
  });

  it.each([
    ["did not count our own write", { generations: ["7", "7"] }, "tee.refused"],
    ["counts with words", { generations: ["seven", "8"] }, "tee.malformed"],
    ["is for SNP", { provider: "sev_guest" }, "tee.unsupported"],
    ["has another provider", { provider: "tdx_guest2" }, "tee.unsupported"],
    ["gives nothing", { outblob: () => new Uint8Array() }, "tee.malformed"],
    ["gives more than a quote has", { outblob: () => new Uint8Array(16 * 1024 + 1) }, "tee.malformed"],
    ["gives a part", { outblob: (input: Uint8Array) => unsignedQuote(input).subarray(0, 600) }, "tee.malformed"],
    [
      "gives a quote for other bytes",
      { outblob: (input: Uint8Array) => unsignedQuote(input.with(63, 0)) },
      "tee.mismatch",
    ],
  ] as const)("is refused if the kernel %s", async (_name, answer, code) => {
    const { root } = fifoKernel(answer);
    await expect(configfsQuoteSource({ root }).quote(REPORT_DATA)).rejects.toMatchObject({ name: "TeeError", code });
  });

  it("is not waited for when its caller has gone, and the next one waits until the kernel is done", async () => {
    const caller = new AbortController();
    const late = Promise.withResolvers<void>();
    const { root, inputs } = fifoKernel(
      {
        outblob: async (inblob) => {
          caller.abort();
          await late.promise;
          return unsignedQuote(inblob);
        },
      },
      {},
    );
    const source = configfsQuoteSource({ root });
    await expect(source.quote(REPORT_DATA, caller.signal)).rejects.toMatchObject({ code: "tee.cancelled" });
    const next = source.quote(new Uint8Array(64).fill(9));
    expect(inputs).toHaveLength(1);
    late.resolve();
    expect(hex((await next).quote)).toBe(hex(unsignedQuote(new Uint8Array(64).fill(9))));
    expect(readdirSync(root)).toEqual([]);
  });

  it("is never asked for with another number of bytes", async () => {
    const source = configfsQuoteSource({ root: temporaryFolder() });
    await expect(source.quote(new Uint8Array(32))).rejects.toThrow(TypeError);
  });

  it("says what is missing where there is no such directory", async () => {
    const root = join(temporaryFolder(), "report");
    await expect(configfsQuoteSource({ root }).quote(REPORT_DATA)).rejects.toMatchObject({ code: "tee.absent" });
    writeFileSync(root, "");
    await expect(configfsQuoteSource({ root }).quote(REPORT_DATA)).rejects.toMatchObject({ code: "tee.absent" });
    expect(existsSync(root)).toBe(true);
  });
});

describe("the provider of configfs-tsm", () => {
  it("is nobody where there is no such directory", async () => {
    expect(await configfsProvider(join(temporaryFolder(), "report"))).toBeUndefined();
  });

  it("is read from an entry", async () => {
    const root = temporaryFolder();
    const asked = configfsProvider(root);
    // A kernel that fills the entry a moment after it was made.
    for (;;) {
      const [entry] = readdirSync(root);
      if (entry === undefined) await new Promise(setImmediate);
      else {
        writeFileSync(join(root, entry, "provider"), "tdx_guest\n");
        break;
      }
    }
    expect(await asked).toBe("tdx_guest");
  });
});
