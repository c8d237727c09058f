import { DEFAULT_POLICY, type Policy, TCB_STATUSES, type TcbStatus } from "@countersign/client/policy";
import { describe, expect, test } from "vitest";
import type { TcbInfo } from "../../src/tee/simulated/platform/index.ts";
import { makePlatform, NOW, type PlatformOptions, STATUS_ROWS } from "../support/simulated-platform/index.ts";
import { check, failed, judgeMade } from "./support/verify-made.ts";

const accepting = (...accepted: TcbStatus[]): Partial<Policy> => ({ tcb: { ...DEFAULT_POLICY.tcb, accepted } });

/** Sixteen components, those that are left out zero. */
const sixteen = (...svns: number[]) => Array.from({ length: 16 }, (_, index) => ({ svn: svns[index] ?? 0 }));
const bytes16 = (...bytes: number[]): Uint8Array => Uint8Array.from({ length: 16 }, (_, index) => bytes[index] ?? 0);

/** TCB info with the first level of the platform changed. */
const firstLevel =
  (changes: Partial<TcbInfo["tcbLevels"][number]["tcb"]>, judgement: object = {}) =>
  (document: TcbInfo): TcbInfo => ({
    ...document,
    tcbLevels: document.tcbLevels.map((level, index) =>
      index === 0 ? { ...level, ...judgement, tcb: { ...level.tcb, ...changes } } : level,
    ),
  });

const statusOf = async (options: PlatformOptions) => (await judgeMade(makePlatform(options))).facts["tcb"];

describe("statuses of platform, module and quoting enclave merge:", () => {
  test.each(STATUS_ROWS)("$platform, $module, $qe: $merged", async ({ platform, module, qe, merged }) => {
    const made = makePlatform({ status: { platform, module, qe } });
    const verdict = await judgeMade(made);
    expect(verdict.facts["tcb"]).toMatchObject({
      status: merged,
      platform: { status: platform },
      module: { status: module },
      qe: { status: qe },
    });
    expect(verdict.result).toBe(merged === "UpToDate" ? "accepted" : "rejected");
    if (merged !== "UpToDate") expect(failed(verdict)).toEqual(["quote.tcb"]);
    // A policy that names everything accepts everything but what is revoked.
    const lenient = await judgeMade(made, accepting(...TCB_STATUSES));
    expect(lenient.result).toBe(merged === "Revoked" ? "rejected" : "accepted");
  });
});

test("a status that is not known is refused", async () => {
  const tcbStatus = "Fine" as TcbStatus;
  const verdict = await judgeMade(makePlatform({ status: { platform: tcbStatus } }), accepting(...TCB_STATUSES));
  expect(verdict.result).toBe("malformed");
  expect(failed(verdict)[0]).toBe("collateral.format");
});

describe("levels", () => {
  test("are matched best first, whatever the document's order", async () => {
    const reversed = (document: TcbInfo): TcbInfo => ({
      ...document,
      tcbLevels: document.tcbLevels.toReversed(),
      tdxModuleIdentities: document.tdxModuleIdentities.map((identity) => ({
        ...identity,
        tcbLevels: identity.tcbLevels.toReversed(),
      })),
    });
    expect(await statusOf({ tcbInfo: reversed })).toMatchObject({
      status: "UpToDate",
      platform: { level: { rank: 1, of: 2 } },
      module: { status: "UpToDate" },
    });
  });

  test.each([
    [
      "an SGX component",
      { certificates: { identity: { componentSvns: [5, 5, 2, 2, 3, 1, 0, 2, ...Array(8).fill(0)] } } },
    ],
    ["the last SGX component", { tcbInfo: firstLevel({ sgxtcbcomponents: sixteen(5, 5, ...Array(13).fill(0), 1) }) }],
    ["PCESVN", { certificates: { identity: { pceSvn: 10 } } }],
    ["TDX component 3", { tcbInfo: firstLevel({ tdxtcbcomponents: sixteen(4, 0, 4) }) }],
    ["TDX component 16", { tcbInfo: firstLevel({ tdxtcbcomponents: sixteen(...Array(15).fill(0), 1) }) }],
  ] as const)("are missed by one in %s", async (_, options) => {
    const facts = (await statusOf(options)) as { status: string; platform: { level: { rank: number } } | null };
    expect(facts.status).not.toBe("UpToDate");
    expect(facts.platform?.level.rank ?? 2).toBe(2);
  });

  // Module version 1: components 1 and 2 are the module's own, and its identity judges them.
  test("leave TDX components 1 and 2 to the module's identity from module version 1 on", async () => {
    const options = { tcbInfo: firstLevel({ tdxtcbcomponents: sixteen(99, 99, 3) }) };
    expect(await statusOf(options)).toMatchObject({ status: "UpToDate", platform: { level: { rank: 1 } } });
  });

  test.each([
    [[4, 0, 3], "UpToDate"],
    [[3, 0, 3], "OutOfDate"],
  ])("compare all 16 TDX components under a module of version 0: %j is %s", async (svns, status) => {
    const options = { quote: { body: { teeTcbSvn: bytes16(...svns) } } };
    expect(await statusOf(options)).toMatchObject({ status, module: { version: 0 } });
  });

  test("of a module are matched without regard to the case of its identity's digits", async () => {
    const identities = (document: TcbInfo): TcbInfo => ({
      ...document,
      tdxModuleIdentities: document.tdxModuleIdentities.map((identity) => ({ ...identity, id: "TDX_0a" })),
    });
    const options = { tcbInfo: identities, quote: { body: { teeTcbSvn: bytes16(6, 0x0a, 3) } } };
    expect(await statusOf(options)).toMatchObject({ status: "UpToDate", module: { version: 10 } });
  });

  test("of a module that two identities describe are ambiguous, and refused", async () => {
    const twice = (document: TcbInfo): TcbInfo => ({
      ...document,
      tdxModuleIdentities: [...document.tdxModuleIdentities, ...document.tdxModuleIdentities],
    });
    expect(failed(await judgeMade(makePlatform({ tcbInfo: twice })))[0]).toBe("quote.module");
  });

  test("hold the module to the signer of its own identity, not to the general one", async () => {
    const other = "AB".repeat(48);
    const general = (document: TcbInfo): TcbInfo => ({
      ...document,
      tdxModule: { ...document.tdxModule, mrsigner: other },
    });
    expect((await judgeMade(makePlatform({ tcbInfo: general }))).result).toBe("accepted");
    const own = (document: TcbInfo): TcbInfo => ({
      ...document,
      tdxModuleIdentities: document.tdxModuleIdentities.map((identity) => ({ ...identity, mrsigner: other })),
    });
    expect(failed(await judgeMade(makePlatform({ tcbInfo: own })))[0]).toBe("quote.module");
  });

  test("hold the module to the attributes of its identity", async () => {
    const attributed = (document: TcbInfo): TcbInfo => ({
      ...document,
      tdxModuleIdentities: document.tdxModuleIdentities.map((identity) => ({
        ...identity,
        attributes: `01${"0".repeat(14)}`,
      })),
    });
    expect(failed(await judgeMade(makePlatform({ tcbInfo: attributed })))[0]).toBe("quote.module");
  });

  test("demand zero attributes of a module even if the mask covers nothing", async () => {
    const unmasked = (document: TcbInfo): TcbInfo => ({
      ...document,
      tdxModuleIdentities: document.tdxModuleIdentities.map((identity) => ({
        ...identity,
        attributesMask: "0".repeat(16),
      })),
    });
    const made = makePlatform({ tcbInfo: unmasked, quote: { body: { seamAttributes: new Uint8Array(8).fill(1) } } });
    expect(failed(await judgeMade(made))[0]).toBe("quote.module");
  });
});

describe("advisories", () => {
  const advised = makePlatform({
    tcbInfo: (document) => ({
      ...document,
      tcbLevels: document.tcbLevels.map((level, index) =>
        index === 0
          ? { ...level, tcbStatus: "SWHardeningNeeded", advisoryIDs: ["SIM-SA-00007", "SIM-SA-00003"] }
          : level,
      ),
      tdxModuleIdentities: document.tdxModuleIdentities.map((identity) => ({
        ...identity,
        tcbLevels: identity.tcbLevels.map((level) => ({ ...level, advisoryIDs: ["SIM-SA-00003", "SIM-SA-00001"] })),
      })),
    }),
  });
  const tolerating = (expires: number, ...ids: string[]): Partial<Policy> => ({
    tcb: {
      ...DEFAULT_POLICY.tcb,
      accepted: ["UpToDate", "SWHardeningNeeded"],
      advisories: ids.map((id) => ({ id, reason: "mitigated in software", expires })),
    },
  });
  const all = ["SIM-SA-00001", "SIM-SA-00003", "SIM-SA-00007"];

  test("are the union of all levels that matched, each once, sorted", async () => {
    expect((await judgeMade(advised)).facts["tcb"]).toMatchObject({ advisories: all });
  });

  test("are each to be tolerated, even if the status is accepted", async () => {
    expect((await judgeMade(advised, tolerating(NOW, ...all))).result).toBe("accepted");
    const open = await judgeMade(advised, tolerating(NOW, "SIM-SA-00001", "SIM-SA-00003"));
    expect(failed(open)).toEqual(["quote.tcb"]);
    expect(check(open, "quote.tcb")?.cause).toMatch(/tolerate: SIM-SA-00007$/);
  });

  test("are tolerated until the policy's date", async () => {
    expect((await judgeMade(advised, tolerating(NOW - 1, ...all))).result).toBe("rejected");
  });
});

describe("a TD 1.5 domain launched under an outdated module", () => {
  const launched = (teeTcbSvn2: Uint8Array) =>
    makePlatform({ quote: { format: "v5-td15", body: { teeTcbSvn: bytes16(3, 1, 3), teeTcbSvn2 } } });

  test("stays out of date, and is told that a relaunch helps if the module that runs now is current", async () => {
    const verdict = await judgeMade(launched(bytes16(13, 1, 3)));
    expect(verdict.facts["tcb"]).toMatchObject({ status: "OutOfDate" });
    expect(check(verdict, "quote.tcb")).toMatchObject({ outcome: "fail", remedy: "relaunch the trust domain" });
  });

  test.each([[bytes16(3, 1, 3)], [bytes16(1, 1, 3)], [bytes16(13, 2, 3)]])(
    "is not told so if that module is no better (%j)",
    async (teeTcbSvn2) => {
      const verdict = await judgeMade(launched(teeTcbSvn2));
      expect(check(verdict, "quote.tcb")).toMatchObject({ outcome: "fail" });
      expect(check(verdict, "quote.tcb")?.remedy).not.toContain("relaunch");
    },
  );
});
