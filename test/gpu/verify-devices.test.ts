import { type DeviceEvidence, verifyDevices } from "@countersign/client/gpu";
import { DEFAULT_POLICY, type GpuPolicy, type Policy } from "@countersign/client/policy";
import { describe, expect, it } from "vitest";
import { DAY, NOW } from "./support/authority.ts";
import {
  ascii,
  type DeviceChain,
  digest,
  evidenceOf,
  FIRMWARE_ID,
  firmwareExtension,
  makeChain,
  NONCE,
  tcbInfoExtension,
  trusting,
} from "./support/device.ts";
import { causeOf, outcomes } from "./support/outcomes.ts";

const chain = makeChain();
const judge = (devices: readonly DeviceEvidence[], policy: Policy, nonce: Uint8Array | undefined = NONCE) =>
  verifyDevices({ devices, nonce, now: NOW, policy });
const failing = async (devices: readonly DeviceEvidence[], policy: Policy): Promise<string[]> =>
  Object.entries(outcomes((await judge(devices, policy)).checks))
    .filter(([, outcome]) => outcome !== "pass" && outcome !== "skip")
    .map(([id]) => id);
const gpuPolicy = (gpu: Partial<GpuPolicy>, of: DeviceChain = chain): Policy =>
  trusting(of, { gpu: { ...DEFAULT_POLICY.gpu, ...gpu } });

describe("devices", () => {
  it("pass under a root the policy names", async () => {
    expect(await failing([evidenceOf(chain)], trusting(chain))).toEqual([]);
  });

  it("fail under a root nobody names, or named for something else", async () => {
    expect(await failing([evidenceOf(chain)], DEFAULT_POLICY)).toEqual(["gpu.chain"]);
    const roots = trusting(chain).roots.map((root) => ({ ...root, kind: "tdx" as const }));
    expect(await failing([evidenceOf(chain)], trusting(chain, { roots }))).toEqual(["gpu.chain"]);
  });

  it("fail with a chain of another length, even one that holds together", async () => {
    const { certificates, ...rest } = evidenceOf(chain);
    const longer = { ...rest, certificates: [...certificates, chain[4].certificate] };
    expect(await failing([longer], trusting(chain))).toEqual(["gpu.chain"]);
  });

  it("are not there: nothing is needed unless the policy wants some", async () => {
    const none = await judge([], DEFAULT_POLICY);
    expect(new Set(Object.values(outcomes(none.checks)))).toEqual(new Set(["skip"]));
    expect(none.checks.list).toHaveLength(13);
    expect(none.facts).toEqual({ devices: [] });
    expect(await failing([], gpuPolicy({ count: 2 }))).toEqual(["gpu.count"]);
    expect(await failing([], gpuPolicy({ count: 0 }))).toEqual([]);
  });

  it("that cannot be read leave every other check undone", async () => {
    const broken = { ...evidenceOf(chain), report: Uint8Array.of(1) };
    const { checks } = await judge([evidenceOf(makeChain()), broken], trusting(chain));
    expect(checks.malformed).toBe(true);
    expect(causeOf(checks, "gpu.format")).toMatch(/^device 1: /);
    const { "gpu.format": format, ...others } = outcomes(checks);
    expect(format).toBe("fail");
    expect(Object.keys(others)).toHaveLength(12);
    expect(new Set(Object.values(others))).toEqual(new Set(["skip, required"]));
  });

  it("without certificates, with an unreadable one, or too many in number are malformed", async () => {
    const good = evidenceOf(chain);
    const bad = [
      [{ ...good, certificates: [] }],
      [{ ...good, certificates: good.certificates.with(2, Uint8Array.of(0x30, 0)) }],
      [{ ...good, certificates: Array.from({ length: 9 }, () => chain[0].certificate) }],
      Array.from({ length: 33 }, () => good),
    ];
    for (const devices of bad) {
      const { checks } = await judge(devices, trusting(chain));
      expect(checks.malformed && outcomes(checks)["gpu.format"]).toBe("fail");
    }
  });

  it("need a nonce, of 32 bytes, that no statement contradicts", async () => {
    const input = { devices: [evidenceOf(chain)], now: NOW, policy: trusting(chain) };
    const without = await verifyDevices({ ...input, nonce: undefined });
    expect(outcomes(without.checks)["gpu.nonce"]).toBe("skip, required");
    const other = await verifyDevices({ ...input, nonce: NONCE.with(31, 0) });
    expect(outcomes(other.checks)["gpu.nonce"]).toBe("fail");
    const short = await verifyDevices({ ...input, nonce: NONCE.subarray(0, 31) });
    expect(outcomes(short.checks)["gpu.nonce"]).toBe("fail");
    const stated = await verifyDevices({ ...input, nonce: NONCE, statedNonces: [NONCE, new Uint8Array(32)] });
    expect(outcomes(stated.checks)["gpu.nonce"]).toBe("fail");
    const agreed = await verifyDevices({ ...input, nonce: NONCE, statedNonces: [NONCE] });
    expect(outcomes(agreed.checks)["gpu.nonce"]).toBe("pass");
  });

  it("fail together: one bad device among good ones is enough", async () => {
    const second = { ...evidenceOf(chain), ...{ report: evidenceOf(makeChain()).report } };
    const other = makeChain();
    const policy = trusting(chain);
    expect(await failing([evidenceOf(chain), evidenceOf(other)], policy)).toEqual(["gpu.chain"]);
    const { checks } = await judge([evidenceOf(chain), second], policy);
    expect(causeOf(checks, "gpu.signature")).toBe("device 1: the leaf certificate's key did not sign this report");
  });

  it.each([
    ["a leaf that is a CA", { leafRole: "ca" as const }],
    ["a leaf whose key may not sign", { leafUsage: "keyAgreement" as const }],
    ["an expired intermediate", { identityNotAfter: NOW - DAY }],
    ["a key on another curve", { curve: "P-256" as const }],
    [
      "a critical extension that is not known",
      {
        leafExtensions: (issuer: { spki: Uint8Array }) => [
          firmwareExtension(issuer.spki),
          { oid: "1.3.6.1.4.1.99999.1", critical: true, value: Uint8Array.of(5, 0) },
        ],
      },
    ],
  ])("fail with a chain that has %s", async (_, options) => {
    const faulty = makeChain(options);
    expect(await failing([evidenceOf(faulty)], trusting(faulty))).toEqual(["gpu.chain"]);
  });
});

describe("firmware identity", () => {
  it.each([
    ["other firmware in the report", {}, { 20: digest("other") }, "fail"],
    [
      "other firmware in the certificate",
      { leafExtensions: (rom: { spki: Uint8Array }) => [firmwareExtension(rom.spki, digest("other"))] },
      {},
      "fail",
    ],
    ["the firmware of another key", { leafExtensions: () => [firmwareExtension(makeChain()[1].spki)] }, {}, "fail"],
    ["no extension", { leafExtensions: () => [] }, {}, "fail"],
    ["no statement in the report", {}, { 20: undefined }, "skip, required"],
    [
      "both forms at once",
      {
        leafExtensions: (rom: { spki: Uint8Array }) => [firmwareExtension(rom.spki), tcbInfoExtension(FIRMWARE_ID)],
      },
      {},
      "fail",
    ],
    [
      "the digest somewhere else in the certificate",
      {
        leafExtensions: () => [{ oid: "1.3.6.1.4.1.99999.1", critical: false, value: FIRMWARE_ID }],
      },
      {},
      "fail",
    ],
  ])("%s", async (_, chainOptions, opaque, expected) => {
    const own = makeChain(chainOptions);
    const { checks } = await judge([evidenceOf(own, { opaque })], trusting(own));
    expect(outcomes(checks)["gpu.fwid"]).toBe(expected);
  });

  it("is the first digest of Blackwell's TCB info, whose others do not count", async () => {
    const make = (firmwareId: Uint8Array): DeviceChain =>
      makeChain({ model: "GB100 A01 GSP BROM", leafExtensions: () => [tcbInfoExtension(firmwareId)] });
    const good = make(FIRMWARE_ID);
    expect(await failing([evidenceOf(good, {}, "BLACKWELL")], trusting(good))).toEqual([]);
    const other = make(digest("other"));
    expect(await failing([evidenceOf(other, {}, "BLACKWELL")], trusting(other))).toEqual(["gpu.fwid"]);
    const zero = make(digest("other"));
    const report = { opaque: { 20: new Uint8Array(48) } };
    expect(await failing([evidenceOf(zero, report, "BLACKWELL")], trusting(zero))).toEqual(["gpu.fwid"]);
  });

  it("is not asked of a switch, which its chain says it is", async () => {
    const nvswitch = makeChain({ model: "LS10 A01 FSP BROM", leafExtensions: () => [] });
    const report = { blocks: 31, opaque: { 20: undefined } };
    expect(await failing([evidenceOf(nvswitch, report, "LS10")], trusting(nvswitch))).toEqual([]);
    expect(await failing([evidenceOf(nvswitch, { opaque: { 20: undefined } }, "LS10")], trusting(nvswitch))).toEqual([
      "gpu.arch",
    ]);
  });
});

describe("what a policy asks of devices", () => {
  const one = [evidenceOf(chain)];

  it("counts", async () => {
    expect(await failing(one, gpuPolicy({ count: 1 }))).toEqual([]);
    expect(await failing(one, gpuPolicy({ count: 2 }))).toEqual(["gpu.count"]);
    expect(await failing(one, gpuPolicy({ count: 0 }))).toEqual(["gpu.count"]);
    expect(await failing([...one, ...one], gpuPolicy({ count: 2 }))).toEqual(["gpu.count"]);
  });

  it("architectures", async () => {
    expect(await failing(one, gpuPolicy({ architectures: ["HOPPER"] }))).toEqual([]);
    expect(await failing(one, gpuPolicy({ architectures: ["BLACKWELL"] }))).toEqual(["gpu.arch"]);
    const unknown = makeChain({ model: "GZ100 A01 GSP BROM" });
    expect(await failing([evidenceOf(unknown)], trusting(unknown))).toEqual(["gpu.arch"]);
  });

  it("versions, by exact text", async () => {
    expect(await failing(one, gpuPolicy({ drivers: ["550.90.07"], vbios: ["96.00.9F.00.01"] }))).toEqual([]);
    expect(await failing(one, gpuPolicy({ drivers: ["550.90.7"] }))).toEqual(["gpu.versions"]);
    expect(await failing(one, gpuPolicy({ vbios: [] }))).toEqual(["gpu.versions"]);
    const silent = [evidenceOf(chain, { opaque: { 3: undefined } })];
    expect(await failing(silent, gpuPolicy({ drivers: ["550.90.07"] }))).toEqual(["gpu.versions"]);
  });

  it.each([
    ["PPCIE", { 36: Uint8Array.of(2) }, "pass"],
    ["PPCIE", { 36: Uint8Array.of(0) }, "fail"],
    ["SPT", { 36: Uint8Array.of(0, 0, 0, 0) }, "pass"],
    ["MPT", { 36: Uint8Array.of(1) }, "pass"],
    ["PPCIE", { 21: Uint8Array.of(0xaa) }, "pass"],
    ["PPCIE", { 21: Uint8Array.of(0x55) }, "fail"],
    ["SPT", { 21: Uint8Array.of(0xaa) }, "fail"],
    ["SPT", { 21: Uint8Array.of(0x55) }, "skip, required"],
    ["SPT", { 21: undefined }, "skip, required"],
  ] as const)("mode %s of a report that states %o: %s", async (mode, opaque, expected) => {
    const { checks } = await judge([evidenceOf(chain, { opaque })], gpuPolicy({ mode }));
    expect(outcomes(checks)["gpu.mode"]).toBe(expected);
  });

  it("reports versions without judging them", async () => {
    const { facts } = await judge([evidenceOf(chain, { opaque: { 3: ascii("1.2") } })], trusting(chain));
    expect(facts["devices"]).toMatchObject([{ driver: "1.2", vbios: "96.00.9F.00.01" }]);
  });
});

describe("simulated devices", () => {
  const simulated = makeChain({ organization: "SIMULATED GPU - DEVELOPMENT ONLY" });
  const devices = [evidenceOf(simulated)];

  it("count with both keys: the root's name and the consent", async () => {
    const both = await judge(devices, trusting(simulated, { allowSimulated: true }));
    expect(both.simulated).toBe(true);
    expect(outcomes(both.checks)).toMatchObject({ simulation: "pass", "gpu.chain": "pass" });
    expect(causeOf(both.checks, "simulation")).toMatch(/^SIMULATED/);
  });

  it("fail with either alone, and the remedy names the other", async () => {
    const named = await judge(devices, trusting(simulated));
    const consented = await judge(devices, { ...DEFAULT_POLICY, allowSimulated: true });
    for (const { checks, simulated: told } of [named, consented]) {
      expect(told).toBe(true);
      expect(outcomes(checks)).toMatchObject({ simulation: "fail", "gpu.chain": "fail" });
    }
    const remedy = (checks: typeof named.checks) => checks.list.find(({ id }) => id === "simulation")?.remedy;
    expect(remedy(named.checks)).toContain("allowSimulated");
    expect(remedy(consented.checks)).toContain("roots");
  });

  it("are told by the policy's word, too, and among real ones", async () => {
    const roots = trusting(chain).roots.map((root) => ({ ...root, simulated: true }));
    const told = await judge([evidenceOf(chain)], trusting(chain, { roots }));
    expect(told.simulated).toBe(true);
    expect(outcomes(told.checks)["simulation"]).toBe("fail");
    const mixed = await judge([evidenceOf(chain), ...devices], trusting(chain));
    expect(mixed.simulated).toBe(true);
    expect(outcomes(mixed.checks)["gpu.chain"]).toBe("fail");
  });
});
