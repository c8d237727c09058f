import { CountersignError } from "@countersign/client/errors";
import { DEFAULT_POLICY, parsePolicy } from "@countersign/client/policy";
import { describe, expect, it } from "vitest";
import { EXAMPLE_ROOT } from "./example-root.ts";
import { ACCEPTED, policyOf, REFUSED, REFUSED_BY_PARSER } from "./policy-cases.ts";

function refusal(value: unknown): string {
  try {
    parsePolicy(value);
  } catch (error) {
    if (error instanceof CountersignError && error.code === "policy.invalid") return error.message;
    throw error;
  }
  throw new Error("the policy was accepted");
}

describe("a policy", () => {
  it("that says nothing is the default policy", () => {
    expect(parsePolicy({ version: 1 })).toEqual({ ...DEFAULT_POLICY, name: "unnamed" });
  });

  it("says what is written in it", () => {
    const policy = parsePolicy(
      policyOf({
        name: "mine",
        tcb: {
          accepted: ["UpToDate", "OutOfDate"],
          advisories: [{ id: "INTEL-SA-1", reason: "seen", expires: "2027-03-31" }],
          min_evaluation_number: 18,
        },
        collateral: { max_age: "2h" },
        clock: { skew: "90s" },
        debug: true,
        service_td: ["CD".repeat(48)],
        measurements: {
          rtmr3: ["AB".repeat(48)],
          images: [
            { name: "i", ...Object.fromEntries(["mrtd", "rtmr0", "rtmr1", "rtmr2"].map((n) => [n, "00".repeat(48)])) },
          ],
        },
        platform: { fmspc: ["90C06F000000"], instance_ids: ["01".repeat(16)], ppids: ["02".repeat(16)] },
        app: {
          ids: ["03".repeat(20)],
          compose_hashes: ["04".repeat(32)],
          instance_ids: ["05".repeat(20)],
          os_image_hashes: ["06".repeat(32)],
          key_providers: [{ name: "kms", id: "0A" }, { name: "tpm" }],
        },
        kms: { roots: [`02${"07".repeat(32)}`] },
        gpu: {
          count: 8,
          architectures: ["LS10"],
          drivers: ["1"],
          vbios: ["2"],
          mode: "PPCIE",
          rim_signer_hold_accepted: true,
          rim_signer_expired_accepted: true,
        },
        models: [{ name: "m", kind: "file_manifest", digest: "FF".repeat(32) }],
        roots: [{ kind: "gpu", simulated: false, ...EXAMPLE_ROOT }],
        allow_simulated: true,
        require: ["gpu.ocsp"],
        waive: [{ check: "quote.tcb", reason: "known", expires: "2027-03-31T12:00:00.5+02:00" }],
      }),
    );
    // Seconds of these moments by `date -u -d … +%s`.
    expect(policy.tcb.advisories).toEqual([{ id: "INTEL-SA-1", reason: "seen", expires: 1_806_537_599 }]);
    expect(policy.waive).toEqual([{ check: "quote.tcb", reason: "known", expires: 1_806_487_200.5 }]);
    expect(policy.roots.map(({ certificate, ...rest }) => ({ ...rest, length: certificate.length }))).toEqual([
      { kind: "gpu", fingerprint: EXAMPLE_ROOT.fingerprint, simulated: false, length: 569 },
    ]);
    expect({ ...policy, roots: [], waive: [], tcb: { ...policy.tcb, advisories: [] } }).toEqual({
      name: "mine",
      production: false,
      tcb: { accepted: ["UpToDate", "OutOfDate"], advisories: [], minEvaluationNumber: 18 },
      collateral: { maxAgeSeconds: 7200 },
      clock: { skewSeconds: 90 },
      debug: true,
      serviceTd: ["cd".repeat(48)],
      measurements: {
        values: { rtmr3: ["ab".repeat(48)] },
        images: [
          { name: "i", mrtd: "00".repeat(48), rtmr0: "00".repeat(48), rtmr1: "00".repeat(48), rtmr2: "00".repeat(48) },
        ],
      },
      platform: { fmspc: ["90c06f000000"], instanceIds: ["01".repeat(16)], ppids: ["02".repeat(16)] },
      app: {
        ids: ["03".repeat(20)],
        composeHashes: ["04".repeat(32)],
        instanceIds: ["05".repeat(20)],
        osImageHashes: ["06".repeat(32)],
        keyProviders: [
          { name: "kms", id: "0a" },
          { name: "tpm", id: undefined },
        ],
      },
      kms: { roots: [`02${"07".repeat(32)}`] },
      gpu: {
        count: 8,
        architectures: ["LS10"],
        drivers: ["1"],
        vbios: ["2"],
        mode: "PPCIE",
        rimSignerHoldAccepted: true,
        rimSignerExpiredAccepted: true,
      },
      models: [{ name: "m", kind: "file_manifest", digest: "ff".repeat(32) }],
      roots: [],
      allowSimulated: true,
      require: ["gpu.ocsp"],
      waive: [],
    });
  });

  it.each(ACCEPTED)("with %s is read", (_, members) => {
    expect(() => parsePolicy(policyOf(members))).not.toThrow();
  });

  it.each([...REFUSED, ...REFUSED_BY_PARSER])("with %s is refused at %s", (_, path, members) => {
    expect(refusal(policyOf(members))).toMatch(
      new RegExp(`^\\[policy\\.invalid\\] ${path.replace(/[[\].]/g, "\\$&")}: \\S`),
    );
  });

  it.each([undefined, null, 1, "version: 1", true, [], [{ version: 1 }]])("is not %j", (value) => {
    expect(refusal(value)).toMatch(/^\[policy\.invalid\] policy: found /);
  });

  it("does not inherit members", () => {
    expect(refusal(JSON.parse('{"version":1,"__proto__":{"allow_simulated":true}}'))).toContain('"__proto__"');
    expect(parsePolicy(Object.assign(Object.create({ allow_simulated: true }), { version: 1 })).allowSimulated).toBe(
      false,
    );
  });

  it.each([
    [{ tbc: {} }, "did you mean tcb?"],
    [{ allow_simulate: true }, "did you mean allow_simulated?"],
    [{ tcb: { acepted: [] } }, "did you mean accepted?"],
    [{ require: ["quote.tbc"] }, "did you mean quote.tcb?"],
    [{ tcb: { accepted: ["uptodate"] } }, "did you mean UpToDate?"],
    [{ completely_different: 1 }, "known here are version, name"],
  ])("says what %j may have been meant to be", (members, help) => {
    expect(refusal(policyOf(members))).toContain(help);
  });

  it("shows no long or unprintable text in a refusal", () => {
    expect(refusal(policyOf({ name: `${"a".repeat(80)}` }))).not.toContain("aaaa");
    expect(refusal(policyOf({ name: "\u001b[31m" }))).not.toContain("\u001b");
    expect(refusal(policyOf({ ["\u001b[31m"]: 1 }))).not.toContain("\u001b");
    expect(
      refusal(
        policyOf({
          roots: [{ kind: "tdx", simulated: true, fingerprint: EXAMPLE_ROOT.fingerprint, pem: "MIIsecret" }],
        }),
      ),
    ).not.toContain("MII");
  });

  it("reads a root's file through the caller", () => {
    const root = {
      kind: "tdx",
      simulated: true,
      fingerprint: EXAMPLE_ROOT.fingerprint.toUpperCase(),
      pem_file: "a/root.pem",
    };
    const asked: string[] = [];
    const readPem = (path: string): string => {
      asked.push(path);
      return EXAMPLE_ROOT.pem;
    };
    expect(parsePolicy(policyOf({ roots: [root] }), { readPem }).roots[0]?.fingerprint).toBe(EXAMPLE_ROOT.fingerprint);
    expect(asked).toEqual(["a/root.pem"]);
  });

  it("says that a root's file cannot be read, and not why", () => {
    const root = { kind: "tdx", simulated: true, fingerprint: EXAMPLE_ROOT.fingerprint, pem_file: "a" };
    const readPem = (): string => {
      throw new Error("inner text");
    };
    expect(() => parsePolicy(policyOf({ roots: [root] }), { readPem })).toThrow(
      "roots[0].pem_file: the file cannot be read",
    );
  });
});
