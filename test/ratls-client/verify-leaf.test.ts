import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  LEAF_OID,
  type LeafInput,
  leafVerdict,
  ratlsReportData,
  verifyLeaf,
} from "../../clients/typescript/src/ratls/index.ts";
import { assertReportData } from "../../clients/typescript/src/ratls/leaf-report-data.ts";
import { CheckFailure, type CheckId } from "../../clients/typescript/src/verdict/index.ts";
import { der } from "../../src/der/index.ts";
import { bootRecord, DEFAULT_APP_COMPOSE } from "../../src/tee/simulated/event-log/index.ts";
import { makePlatform, NOW } from "../support/simulated-platform/index.ts";
import { type AttestedLeafOptions, attestedLeaf, DAY, MINUTE } from "./support/attested-leaf.ts";
import { GPU_ROOT, gpuEvidence } from "./support/gpu-evidence.ts";
import { CLIENT_AUTH, createLeaf, createLeafKey, extension, SERVER_AUTH } from "./support/leaf.ts";
import { toHex, vectors } from "./support/ratls-vectors.ts";

/** Checks that keep a verdict from being accepted, in order. */
async function objections(input: LeafInput): Promise<CheckId[]> {
  const { checks } = await leafVerdict(input);
  return checks
    .filter(({ outcome, required }) => outcome === "fail" || (outcome === "skip" && required))
    .map(({ id }) => id);
}

async function causeOf(input: LeafInput, id: CheckId): Promise<string | undefined> {
  const { checks } = await verifyLeaf(input);
  return checks.list.find((check) => check.id === id && check.outcome === "fail")?.cause;
}

describe("a leaf with evidence", () => {
  it.each(["deterministic", "tcg", "dstack"] as const)("is accepted in the %s form", async (form) => {
    const input = attestedLeaf({ form });
    expect(await objections(input)).toEqual([]);
    const verdict = await leafVerdict(input);
    expect(verdict).toMatchObject({ subject: "certificate", result: "accepted", simulated: true });
    expect(verdict.facts["certificate"]).toEqual({
      publicKeySha256: createHash("sha256").update(input.key.spki).digest("hex"),
      notBefore: "2026-02-03T04:05:00.000Z",
      notAfter: "2026-02-04T04:05:00.000Z",
      evidence: form,
    });
    const verification = await verifyLeaf(input);
    expect(verification).toMatchObject({ form, simulated: true });
    expect(verification.spki).toEqual(input.key.spki);
    expect(verification.quote?.body.reportData).toHaveLength(64);
  });

  it.each(["deterministic", "tcg", "dstack"] as const)("is refused in the %s form for another key", async (form) => {
    const ids = await objections(attestedLeaf({ form, quotedKey: createLeafKey() }));
    expect(ids).toContain("tls.report_data");
  });

  it.each(["deterministic", "tcg", "dstack"] as const)(
    "is refused in the %s form with other report data",
    async (form) => {
      for (const reportData of [new Uint8Array(64), new Uint8Array(64).fill(1)]) {
        expect(await objections(attestedLeaf({ form, reportData }))).toEqual(["tls.report_data", "quote.report_data"]);
      }
    },
  );

  it("is never compared with an expectation that is missing", () => {
    for (const length of [0, 32, 63, 65]) {
      const same = new Uint8Array(length);
      expect(() => assertReportData(same, same)).toThrow(CheckFailure);
    }
    expect(() => assertReportData(new Uint8Array(64), new Uint8Array(64))).not.toThrow();
  });

  it("needs everything the quote's verification needs", async () => {
    const { collateral: _, ...input } = attestedLeaf();
    expect(await objections(input)).toContain("collateral.format");
    expect(
      await objections({ ...attestedLeaf(), policy: { ...attestedLeaf().policy, allowSimulated: false } }),
    ).toEqual(["simulation"]);
  });

  it("is not accepted without evidence, but its key is named", async () => {
    const input = attestedLeaf({ form: "none" });
    expect(await objections(input)).toEqual(["tls.profile", "tls.report_data", "quote.signature"]);
    expect(await verifyLeaf(input)).toMatchObject({ form: "none", spki: input.key.spki, quote: undefined });
  });
});

describe("the form of a leaf's evidence", () => {
  const { quote } = makePlatform();
  const other = (oid: string, value: Uint8Array = quote): AttestedLeafOptions => ({
    extensions: [extension(oid, value)],
  });

  it.each<[string, AttestedLeafOptions]>([
    ["two forms", other(LEAF_OID.dstackQuote, der.octetString(quote))],
    ["a quote of SGX beside it", other("1.2.840.113741.1.13.1.0")],
    ["Gramine's own form beside it", other("1.2.840.113741.1337.6")],
    ["a versioned attestation of dstack beside it", other("1.3.6.1.4.1.62397.1.8")],
    ["GPU evidence without a quote", { form: "none", ...other(LEAF_OID.gpuEvidence) }],
    ["an event log without a quote", { form: "none", ...other(LEAF_OID.dstackEventLog) }],
    ["a raw quote under dstack's identifier", { form: "none", ...other(LEAF_OID.dstackQuote) }],
    [
      "another message than a quote under the shared identifier",
      { form: "none", ...other(LEAF_OID.tcgEvidence, Uint8Array.of(0xa0)) },
    ],
  ])("is refused with %s", async (_, options) => {
    expect(await objections(attestedLeaf(options))).toContain("tls.profile");
  });

  it("is refused when a raw identifier holds a wrapped quote", async () => {
    const input = attestedLeaf({ form: "none", ...other(LEAF_OID.tdxQuote, der.octetString(quote)) });
    expect(await objections(input)).toContain("tls.report_data");
  });

  it("is not looked for by prefix, nor inside other values", async () => {
    const elsewhere = [
      `${LEAF_OID.tdxQuote}.1`,
      "1.2.840.113741.1.5.5.1",
      "1.3.6.1.4.1.65230.5.1.1",
      "1.3.6.1.4.1.65230.4.1",
    ];
    const inside = extension("1.3.6.1.4.1.65230.3.5.5", extension(LEAF_OID.tdxQuote, quote));
    const extensions = [...elsewhere.map((oid) => extension(oid, quote)), inside];
    expect((await verifyLeaf(attestedLeaf({ form: "none", extensions }))).form).toBe("none");
    expect(await objections(attestedLeaf({ extensions }))).toEqual([]);
  });

  it("refuses one extension twice", async () => {
    const ids = await objections(attestedLeaf(other(LEAF_OID.tdxQuote)));
    expect(ids[0]).toBe("tls.certificate");
    expect((await leafVerdict(attestedLeaf(other(LEAF_OID.tdxQuote)))).result).toBe("malformed");
  });
});

describe("the age of a deterministic leaf", () => {
  const at = (notBefore: number, change: Partial<LeafInput> = {}): LeafInput => ({
    ...attestedLeaf({ notBefore, notAfter: notBefore + 2 * DAY }),
    ...change,
  });

  it.each([
    ["a day and 4 minutes old", MINUTE - DAY - 4 * 60, []],
    ["a day and 6 minutes old", MINUTE - DAY - 6 * 60, ["tls.report_data"]],
    ["4 minutes of the future", MINUTE + 4 * 60, []],
    ["6 minutes of the future", MINUTE + 6 * 60, ["tls.certificate", "tls.report_data"]],
    ["not of a whole minute", MINUTE + 1, ["tls.report_data"]],
  ])("%s", async (_, notBefore, expected) => {
    expect(await objections(at(notBefore))).toEqual(expected);
  });

  it("is that of the quote, not of a certificate issued anew around it", async () => {
    const input = attestedLeaf({ quotedMinute: MINUTE - 2 * DAY });
    expect(await objections(input)).toEqual(["tls.report_data", "quote.report_data"]);
  });

  it("does not end with the minute's last second", async () => {
    expect(await objections({ ...attestedLeaf(), now: MINUTE + 59.999 })).toEqual([]);
  });
});

describe("the leaf's certificate", () => {
  const key = createLeafKey();

  it.each<[string, AttestedLeafOptions, string]>([
    ["expired", { form: "tcg", notBefore: NOW - 7200, notAfter: NOW - 301 }, "expired"],
    ["not valid yet", { form: "tcg", notBefore: NOW + 301, notAfter: NOW + 7200 }, "not valid yet"],
    ["a CA's", { basicConstraints: "ca" }, "CA"],
    ["not for servers", { usages: [CLIENT_AUTH] }, "not for servers"],
    ["for another name", { names: ["other.example", "192.0.2.1"] }, "name"],
    ["without names", { names: [], subject: "localhost" }, "name"],
    [
      "with an unknown critical extension",
      { extensions: [extension("1.3.6.1.4.1.65230.9", Uint8Array.of(5, 0), true)] },
      "critical",
    ],
  ])("is refused when %s", async (_, options, words) => {
    const input = attestedLeaf(options);
    expect(await objections(input)).toEqual(["tls.certificate"]);
    expect(await causeOf(input, "tls.certificate")).toContain(words);
  });

  it.each<[string, AttestedLeafOptions]>([
    ["4 minutes past its end", { form: "tcg", notBefore: NOW - 7200, notAfter: NOW - 240 }],
    ["without basic constraints and usages", { basicConstraints: "absent", usages: [] }],
    ["for clients and servers", { usages: [CLIENT_AUTH, SERVER_AUTH] }],
  ])("is accepted %s", async (_, options) => {
    expect(await objections(attestedLeaf(options))).toEqual([]);
  });

  it.each([
    ["EXAMPLE.com", ["example.COM"], true],
    ["example.com.", ["example.com"], true],
    ["a.example.com", ["*.example.com"], true],
    ["a.b.example.com", ["*.example.com"], false],
    ["example.com", ["*.example.com"], false],
    ["example.com", ["*.com"], false],
    ["a.example.com", ["a*.example.com"], false],
    ["192.0.2.1", ["192.0.2.1"], true],
    ["192.0.2.2", ["192.0.2.1"], false],
    ["192.0.2.1", ["*.0.2.1"], false],
  ])("dialled as %s and named %s", async (expectedName, names, isAccepted) => {
    const ids = await objections({ ...attestedLeaf({ names }), expectedName });
    expect(ids).toEqual(isAccepted ? [] : ["tls.certificate"]);
  });

  it("is found by an IPv6 address in any spelling", async () => {
    const address = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    const names = extension("2.5.29.17", der.sequence(der.contextPrimitive(7, address)));
    const input = attestedLeaf({ names: [], extensions: [names] });
    expect(await objections({ ...input, expectedName: "2001:DB8:0:0::1" })).toEqual([]);
    expect(await objections({ ...input, expectedName: "2001:db8::2" })).toEqual(["tls.certificate"]);
  });

  it("is judged without a name where nobody says which", async () => {
    const { expectedName: _, ...input } = attestedLeaf({ names: [] });
    const verdict = await leafVerdict(input);
    expect(verdict.result).toBe("accepted");
    expect(verdict.notes).toContain("No name was compared: the leaf may be another server's.");
  });

  it.each<[string, (leaf: Uint8Array) => readonly Uint8Array[]]>([
    ["nothing", () => []],
    ["a byte too many", (leaf) => [Uint8Array.of(...leaf, 0)]],
    ["a byte too few", (leaf) => [leaf.subarray(0, -1)]],
    ["text", () => [new TextEncoder().encode("-----BEGIN CERTIFICATE-----")]],
    ["nine certificates", (leaf) => Array.from({ length: 9 }, () => leaf)],
  ])("is refused as %s, and nothing throws", async (_, change) => {
    const input = attestedLeaf();
    const [leaf = new Uint8Array()] = input.chain;
    expect((await objections({ ...input, chain: change(leaf) }))[0]).toBe("tls.certificate");
  });

  it("needs a chain to the TLS roots of the policy, where there are any", async () => {
    const authority = createLeafKey();
    const validity = { notBefore: NOW - DAY, notAfter: NOW + DAY };
    const root = createLeaf({
      key: authority,
      subject: "operator CA",
      basicConstraints: "ca",
      names: [],
      usages: [],
      ...validity,
    });
    const fingerprint = createHash("sha256").update(root).digest("hex");
    const named = { kind: "tls", fingerprint, certificate: root, simulated: false } as const;
    const issued = attestedLeaf({ key, issuer: { key: authority, name: "operator CA" } });
    const policy = { ...issued.policy, roots: [...issued.policy.roots, named] };
    expect(await objections({ ...issued, policy })).toEqual([]);
    expect(await objections({ ...issued, policy, chain: [...issued.chain, root] })).toEqual([]);
    expect(await objections({ ...attestedLeaf({ key }), policy })).toEqual(["tls.certificate"]);
    const forged = attestedLeaf({ key, issuer: { key, name: "operator CA" } });
    expect(await objections({ ...forged, policy })).toEqual(["tls.certificate"]);
  });
});

describe("GPU evidence in a leaf", () => {
  function withGpu(options: AttestedLeafOptions, change: Partial<LeafInput["policy"]["gpu"]> = {}): LeafInput {
    const input = attestedLeaf(options);
    const { roots, gpu } = input.policy;
    return { ...input, policy: { ...input.policy, roots: [...roots, GPU_ROOT], gpu: { ...gpu, ...change } } };
  }

  it("is accepted when it is folded in, of today or yesterday", async () => {
    expect(await objections(withGpu({ gpuEvidence: gpuEvidence(NOW) }, { count: 1 }))).toEqual([]);
    expect(await objections(withGpu({ gpuEvidence: gpuEvidence(NOW - DAY) }))).toEqual([]);
    expect(await objections(withGpu({ gpuEvidence: gpuEvidence(NOW - 2 * DAY) }))).toContain("gpu.nonce");
  });

  it.each<[string, Uint8Array | undefined]>([
    ["not folded in", undefined],
    ["swapped after the quote was made", gpuEvidence(NOW, { uuid: "GPU-1" })],
  ])("is refused when it is %s", async (_, foldedEvidence) => {
    const ids = await objections(withGpu({ gpuEvidence: gpuEvidence(NOW), foldedEvidence }));
    expect(ids).toEqual(expect.arrayContaining(["tls.report_data", "gpu.bound"]));
  });

  it("is missed when the policy wants it, and when it was left out after the quote was made", async () => {
    expect(await objections(withGpu({}, { count: 1 }))).toEqual(["gpu.count"]);
    expect(await objections(withGpu({ foldedEvidence: gpuEvidence(NOW) }))).toEqual([
      "tls.report_data",
      "quote.report_data",
    ]);
  });

  it.each<[string, Parameters<typeof gpuEvidence>[1], CheckId]>([
    ["with confidential computing off", { ccFeature: 0 }, "gpu.mode"],
    ["in developer mode", { devTools: 1 }, "gpu.mode"],
    ["with a nonce that is not its report's", { nonce: new Uint8Array(32) }, "gpu.nonce"],
    ["without certificates", { certificates: "" }, "gpu.format"],
  ])("is refused %s", async (_, changes, id) => {
    expect(await objections(withGpu({ gpuEvidence: gpuEvidence(NOW, changes) }))).toContain(id);
  });

  it("never takes the quote's place", async () => {
    const input = withGpu({ gpuEvidence: Uint8Array.of(1, 2, 3) });
    expect(await objections(input)).toContain("gpu.format");
    expect((await verifyLeaf(input)).quote?.body.reportData).toHaveLength(64);
  });
});

describe("the event log of a dstack leaf", () => {
  const boot = bootRecord({ compose: DEFAULT_APP_COMPOSE, keyProviderId: new Uint8Array(91) });
  const plain = new TextEncoder().encode(boot.eventLog);
  const packed = (bytes: Uint8Array): Uint8Array =>
    new Uint8Array(Buffer.concat([Buffer.from("ELGZv1"), gzipSync(bytes)]));
  const leaf = (eventLog: Uint8Array, rtmr3 = boot.rtmr3): LeafInput =>
    attestedLeaf({ form: "dstack", eventLog, rtmr3 });

  it.each([
    ["plain", plain],
    ["packed", packed(plain)],
  ])("is replayed, %s", async (_, eventLog) => {
    const verification = await verifyLeaf(leaf(eventLog));
    expect(verification.checks.passed("rtmr3.replay")).toBe(true);
    expect(verification.claims?.appId).toEqual(boot.compose.appId);
    expect(await objections(leaf(eventLog, new Uint8Array(48).fill(9)))).toContain("rtmr3.replay");
  });

  it.each([
    ["is not gzip behind its mark", new TextEncoder().encode("ELGZv1 no")],
    ["is cut off", packed(plain).subarray(0, -20)],
    ["unpacks to more than 256 KiB", packed(new Uint8Array(257 * 1024))],
    ["unpacks to a hundred MiB", packed(new Uint8Array(100 * 1024 * 1024))],
    ["is not text", Uint8Array.of(0xff, 0xfe)],
  ])("is refused when it %s", async (_, eventLog) => {
    expect(await objections(leaf(eventLog))).toContain("tls.profile");
  });
});

describe.skipIf(vectors === undefined)("the synthetic quote of the known answers", () => {
  it("has its fields at their offsets, and is refused for want of a signature", async () => {
    const { fields, sha256 } = vectors?.synthetic_tdx_quote ?? ({} as never);
    const quote = Uint8Array.from({ length: 632 }, (_, index) => (31 * index + 7) & 0xff);
    quote.set([4, 0, 2, 0, 0x81, 0, 0, 0]);
    quote.set(Buffer.from(fields["report_data"]?.[2] ?? "", "hex"), 568);
    expect(createHash("sha256").update(quote).digest("hex")).toBe(sha256);
    for (const [start, end, value] of Object.values(fields)) expect(toHex(quote.subarray(start, end))).toBe(value);
    for (const bytes of [quote, quote.subarray(0, 631)]) {
      const input = attestedLeaf({ form: "none", extensions: [extension(LEAF_OID.tdxQuote, bytes)] });
      expect(await objections(input)).toEqual(expect.arrayContaining(["tls.report_data", "quote.format"]));
    }
  });

  it("is made for the vectors' key and minute", () => {
    const row = vectors?.report_data.by_construction_collisions.find(({ name }) => name === "v1_nonce_equals_time");
    const spki = Buffer.from(vectors?.spki[0]?.spki_der ?? "", "hex");
    const binding = Buffer.from(row?.binding_hex_a ?? "", "hex");
    expect(toHex(ratlsReportData({ spki, binding }))).toBe(vectors?.synthetic_tdx_quote.fields["report_data"]?.[2]);
  });
});
