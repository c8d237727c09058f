import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import { INTEL_ROOT_FINGERPRINT, parseQuote, quoteVerdict } from "@countersign/client/quote";
import { certificatePem } from "@countersign/client/x509";
import { describe, expect, test } from "vitest";
import { makePlatform } from "../support/simulated-platform/index.ts";
import { current, type GenuineCase } from "./support/genuine.ts";
import { plainPlatform } from "./support/plain-platform.ts";
import { check, failed, namedRoot, policyFor } from "./support/verify-made.ts";

const made = makePlatform();
const judge = (policy: Policy) => quoteVerdict({ ...made, policy });

describe("a simulated quote", () => {
  test("is accepted if its root is named and simulation is allowed, and says that it is simulated", async () => {
    const verdict = await judge(policyFor(made));
    expect(verdict).toMatchObject({ result: "accepted", simulated: true });
    expect(verdict.notes[0]).toMatch(/^SIMULATED/);
    expect(check(verdict, "simulation")?.cause).toMatch(/^SIMULATED/);
  });

  test("is refused if only the root is named; the remedy is to allow simulation", async () => {
    const verdict = await judge(policyFor(made, { allowSimulated: false }));
    expect(verdict).toMatchObject({ result: "rejected", simulated: true });
    expect(failed(verdict)).toEqual(["simulation"]);
    expect(check(verdict, "simulation")?.remedy).toContain("allowSimulated");
    expect(check(verdict, "simulation")?.remedy).not.toContain("root");
  });

  test("is refused if simulation is only allowed; the remedy is to name the root", async () => {
    const verdict = await judge(policyFor(made, { roots: [] }));
    expect(verdict).toMatchObject({ result: "rejected", simulated: true });
    expect(failed(verdict)).toEqual(["quote.chain", "simulation"]);
    expect(check(verdict, "simulation")?.remedy).toContain("root");
    expect(check(verdict, "simulation")?.remedy).not.toContain("allowSimulated");
  });

  test("is refused by the default policy; the remedy names both", async () => {
    const verdict = await judge(DEFAULT_POLICY);
    expect(verdict).toMatchObject({ result: "rejected", simulated: true });
    expect(check(verdict, "simulation")?.remedy).toMatch(/root.*allowSimulated/);
  });

  test("stays simulated if its root is named as an ordinary one", async () => {
    const roots = [namedRoot(made, { simulated: false })];
    expect(await judge(policyFor(made, { roots, allowSimulated: false }))).toMatchObject({
      result: "rejected",
      simulated: true,
    });
    expect(await judge(policyFor(made, { roots }))).toMatchObject({ result: "accepted", simulated: true });
  });

  test("cannot be waived through", async () => {
    const waive = [{ check: "simulation" as const, reason: "convenience", expires: made.now + 1 }];
    expect((await judge(policyFor(made, { allowSimulated: false, waive }))).result).toBe("rejected");
  });
});

describe("a named root", () => {
  test("must be named for this purpose", async () => {
    const verdict = await judge(policyFor(made, { roots: [namedRoot(made, { kind: "gpu" })] }));
    expect(failed(verdict)).toContain("quote.chain");
  });

  test("must agree in fingerprint and certificate", async () => {
    const other = makePlatform({ certificates: {} });
    const mixed = [
      namedRoot(made, { fingerprint: namedRoot(other).fingerprint }),
      namedRoot(other, { fingerprint: namedRoot(made).fingerprint }),
    ];
    expect(failed(await judge(policyFor(made, { roots: mixed })))).toContain("quote.chain");
  });

  test("that says nothing of simulation, and is not marked so, is an ordinary one", async () => {
    const plain = plainPlatform();
    const root = namedRoot(plain, { simulated: false });
    const ordinary = { ...DEFAULT_POLICY, roots: [root] };
    expect(await quoteVerdict({ ...plain, policy: ordinary })).toMatchObject({ result: "accepted", simulated: false });
    const marked = { ...DEFAULT_POLICY, roots: [{ ...root, simulated: true }] };
    expect(await quoteVerdict({ ...plain, policy: marked })).toMatchObject({ result: "rejected", simulated: true });
    const unnamed = await quoteVerdict({ ...plain, policy: { ...DEFAULT_POLICY, allowSimulated: true } });
    expect(failed(unnamed)).toEqual(["quote.chain"]);
    expect(check(unnamed, "simulation")).toMatchObject({ outcome: "skip", required: true });
  });

  test("does not vouch for the collateral of another", async () => {
    const other = makePlatform({ certificates: {} });
    const policy = policyFor(made, { roots: [namedRoot(made), namedRoot(other)] });
    const verdict = await quoteVerdict({ ...made, collateral: other.collateral, policy });
    expect(verdict.result).toBe("rejected");
    expect(failed(verdict)).toEqual(["collateral.chain"]);
  });
});

test("collateral brings the very root of the quote along, even if its signer is right", async () => {
  const other = makePlatform({ certificates: {} });
  const members = JSON.parse(made.collateral) as Record<string, string>;
  const name = "tcb_info_issuer_chain";
  const signer = members[name]?.slice(0, members[name].lastIndexOf("-----BEGIN"));
  const collateral = JSON.stringify({ ...members, [name]: signer + certificatePem(other.rootCertificate) });
  const verdict = await quoteVerdict({ ...made, collateral, policy: policyFor(made) });
  expect(failed(verdict)).toEqual(["collateral.chain"]);
});

describe.runIf(current)("Intel's root", () => {
  const sample = current as GenuineCase;

  test("does not vouch for simulated collateral, whatever is named and allowed", async () => {
    const simulated = makePlatform({ now: sample.now });
    const verdict = await quoteVerdict({ ...sample, collateral: simulated.collateral, policy: policyFor(simulated) });
    expect(failed(verdict)).toEqual(["collateral.chain"]);
  });

  test("is not simulated, and needs no permission, even if a policy lists it as simulated", async () => {
    const certificate = parseQuote(sample.quote).signatureData.certificates[2] as Uint8Array;
    const roots = [{ kind: "tdx" as const, fingerprint: INTEL_ROOT_FINGERPRINT, certificate, simulated: true }];
    expect(await quoteVerdict({ ...sample, policy: { ...DEFAULT_POLICY, roots } })).toMatchObject({
      result: "accepted",
      simulated: false,
    });
  });
});
