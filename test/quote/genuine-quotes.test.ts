import { DEFAULT_POLICY } from "@countersign/client/policy";
import { parseQuote, type QuoteInput, quoteVerdict } from "@countersign/client/quote";
import type { Verdict } from "@countersign/client/verdict";
import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { current, dstack, type GenuineCase, outdated, sgx } from "./support/genuine.ts";
import { check, failed } from "./support/verify-made.ts";

/** Expectations are those of the samples' description, agreed by four independent verifiers. */
const judge = (sample: GenuineCase, changes: Partial<QuoteInput> = {}): Promise<Verdict> =>
  quoteVerdict({ ...sample, policy: DEFAULT_POLICY, ...changes });

const zeros = (bytes: number): string => "00".repeat(bytes);

describe.runIf(current)("a current platform", () => {
  const sample = current as GenuineCase;

  test("is accepted as up to date", async () => {
    const verdict = await judge(sample);
    expect(verdict.result).toBe("accepted");
    expect(verdict.simulated).toBe(false);
    expect(verdict.facts).toMatchObject({
      version: 4,
      body: "TD 1.0",
      debug: false,
      teeTcbSvn: `060103${zeros(13)}`,
      tdattributes: "0000001000000000",
      xfam: "e702060000000000",
      mrtd: "91eb2b44d141d4ece09f0c75c2c53d247a3c68edd7fafe8a3520c942a604a407de03ae6dc5f87f27428b2538873118b7",
      rtmr3: zeros(48),
      mrconfigid: zeros(48),
      reportData:
        "9a9d48e7f6799642d3d1b34e1e5e1742d4bb02dd6ddd551862c1211d35c304f9eca3efdbb481601c163cf52493d6e44aed55d51ec39b7e518fadb92c2b523f20",
      platform: {
        fmspc: "b0c06f000000",
        pceid: "0000",
        pcesvn: 11,
        components: [3, 3, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
      },
      qe: { isvsvn: 6 },
      tcb: {
        status: "UpToDate",
        advisories: [],
        platform: { status: "UpToDate", level: { rank: 1, of: 2 } },
        module: { status: "UpToDate" },
        qe: { status: "UpToDate" },
      },
      collateral: { tcbInfo: { tcbEvaluationDataNumber: 17 }, enclaveIdentity: { tcbEvaluationDataNumber: 17 } },
    });
  });

  test("is read to the last byte", () => {
    const quote = parseQuote(sample.quote);
    expect(quote.signedBytes).toHaveLength(632);
    expect(sample.quote).toHaveLength(632 + 4 + 4300 + 70);
    expect(bytesToHex(quote.signatureData.qeAuthData)).toBe(
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    );
  });

  test.each([1_750_329_147, 1_752_919_235])("is accepted at %d, an end of the window", async (now) => {
    expect((await judge(sample, { now })).result).toBe("accepted");
  });

  test("is rejected a second before the enclave identity was issued", async () => {
    const verdict = await judge(sample, { now: 1_750_329_146 });
    expect(verdict.result).toBe("rejected");
    expect(failed(verdict)).toEqual(["collateral.window"]);
  });

  test("is rejected a second after the PCK revocation list has expired", async () => {
    const verdict = await judge(sample, { now: 1_752_919_236 });
    expect(verdict.result).toBe("rejected");
    expect(failed(verdict)).toEqual(["quote.revocation"]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300])(
    "is refused at %d",
    async (now) => {
      const verdict = await judge(sample, { now });
      expect(verdict.result).toBe("rejected");
      expect(failed(verdict)).toContain("quote.chain");
      expect(verdict.at).toBe("invalid");
    },
  );

  test("is rejected with the collateral of another platform", async () => {
    const { collateral, now } = outdated as GenuineCase;
    const verdict = await judge(sample, { collateral, now });
    expect(verdict.result).toBe("rejected");
    expect(failed(verdict)).toEqual(["quote.tcb"]);
    expect(check(verdict, "quote.tcb")?.cause).toContain("another kind of platform");
  });

  test("keeps identifiers of the machine out of the verdict", async () => {
    const verdict = await judge(sample);
    const quote = parseQuote(sample.quote);
    const { X509Certificate } = await import("node:crypto");
    const leaf = new X509Certificate(quote.signatureData.certificates[0] as Uint8Array);
    // PPID: OID …13.1.1, then OCTET STRING of 16.
    const marker = "060a2a864886f84d010d01010410";
    const der = leaf.raw.toString("hex");
    const ppid = der.slice(der.indexOf(marker) + marker.length).slice(0, 32);
    expect(ppid).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify(verdict)).not.toContain(ppid);
  });
});

describe.runIf(outdated)("a platform below every level", () => {
  const sample = outdated as GenuineCase;

  test("is rejected for that alone", async () => {
    const verdict = await judge(sample);
    expect(verdict.result).toBe("rejected");
    expect(failed(verdict)).toEqual(["quote.tcb"]);
    expect(check(verdict, "quote.tcb")?.cause).toContain("component 8 is 3, and 5 is asked");
    expect(verdict.facts).toMatchObject({
      version: 5,
      body: "TD 1.5",
      teeTcbSvn: `070103${zeros(13)}`,
      teeTcbSvn2: `0d0103${zeros(13)}`,
      xfam: "e718060000000000",
      mrservicetd: zeros(48),
      platform: { fmspc: "90c06f000000", pcesvn: 13, components: [3, 3, 2, 2, 4, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0] },
      qe: { isvsvn: 7 },
      tcb: { status: null, platform: null, module: { status: "UpToDate" }, qe: { status: "UpToDate" } },
      mrtd: "273828c46252fcbdd8ad2dd907130222b03466d52a2911d70c1a5950895d6bd1ae451d382d5a9b1b4c0ed0e5ae9a3dbd",
      reportData: `d2142b643598eb5fae2bc8529dd79a558b29f868ccbb6531cb28dab9dce47728${zeros(32)}`,
    });
  });

  test("signs its 702 bytes, and is not padded", () => {
    expect(parseQuote(sample.quote).signedBytes).toHaveLength(702);
    expect(sample.quote).toHaveLength(702 + 4 + 4300);
  });
});

describe.runIf(dstack)("a current platform under dstack", () => {
  const sample = dstack as GenuineCase;

  test("is accepted as up to date", async () => {
    const verdict = await judge(sample);
    expect(verdict.result).toBe("accepted");
    expect(verdict.facts).toMatchObject({
      version: 4,
      teeTcbSvn: `0b0104${zeros(13)}`,
      platform: { fmspc: "90c06f000000", pcesvn: 13, components: [4, 4, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0] },
      tcb: { status: "UpToDate", advisories: [], platform: { level: { rank: 1, of: 3 } } },
      mrtd: "b24d3b24e9e3c16012376b52362ca09856c4adecb709d5fac33addf1c47e193da075b125b6c364115771390a5461e217",
      rtmr3: "0f787c3877f3e95095d5a4d13dd0fe0233803b30120d8469866719dc28f519ce021fe1e53459121e7a5a4443147185a8",
      reportData: `1234${zeros(62)}`,
    });
  });

  test.each([1_771_412_331, 1_774_003_275])("is accepted at %d, an end of the window", async (now) => {
    expect((await judge(sample, { now })).result).toBe("accepted");
  });

  test.each([1_771_412_330, 1_774_003_276])("is rejected at %d, outside the window", async (now) => {
    expect((await judge(sample, { now })).result).toBe("rejected");
  });

  // 2025-09-16T02:28:15Z to 2032-09-16T02:28:15Z: the life of the platform's certificate.
  test.each([1_757_989_695, 1_800_000_000, 1_978_914_495])(
    "without collateral has its signatures checked at %d, and is rejected",
    async (now) => {
      const verdict = await judge(sample, { collateral: undefined, now });
      expect(verdict.result).toBe("rejected");
      expect(failed(verdict)).toEqual([]);
      const passed = ["quote.chain", "quote.qe_report", "quote.ak_binding", "quote.signature"] as const;
      for (const id of passed) expect(check(verdict, id)?.outcome).toBe("pass");
      const skipped = ["collateral.format", "collateral.chain", "quote.revocation", "quote.tcb"] as const;
      for (const id of skipped) expect(check(verdict, id)).toMatchObject({ outcome: "skip", required: true });
    },
  );

  test.each([1_757_989_694, 1_978_914_496])("is outside its certificate's life at %d", async (now) => {
    expect(failed(await judge(sample, { collateral: undefined, now }))).toEqual(["quote.chain"]);
  });
});

describe.runIf(sgx)("an SGX quote", () => {
  test("is rejected by name, and not malformed", async () => {
    const verdict = await judge(sgx as GenuineCase);
    expect(verdict.result).toBe("rejected");
    expect(failed(verdict)[0]).toBe("quote.header");
    expect(check(verdict, "quote.header")?.cause).toContain("version 3 is an SGX quote");
    expect(check(verdict, "quote.format")).toMatchObject({ outcome: "skip", required: true });
  });
});
