import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ids, type Run, sharedPath, verdictOf, verifyHere, verifyProcess } from "./run-verify.ts";

const tdx = (name: string): string => sharedPath(`tdx/${name}`) ?? "";
const samples = {
  current: tdx("tdx_quote"),
  collateral2025: tdx("tdx_quote_collateral.json"),
  outdated: tdx("tdx_quote_outdated"),
  collateral2026: tdx("tdx_quote_outdated_collateral.json"),
  report: tdx("quote-report.json"),
  sgx: tdx("sgx_quote"),
  sgxCollateral: tdx("sgx_quote_collateral.json"),
};
const haveQuotes = Object.values(samples).every((path) => path !== "");
const { current, collateral2025, outdated, collateral2026, report, sgx, sgxCollateral } = samples;

const JULY_2025 = "1751328000";
const MARCH_2026 = "2026-03-01T00:00:00Z";

const last = ({ out }: Run): string => out.trimEnd().split("\n").at(-1) ?? "";

// What is expected here was found by other verifiers of these quotes.
describe.skipIf(!haveQuotes)("countersign verify quote, on genuine quotes", () => {
  it("accepts a current platform", async () => {
    const run = await verifyProcess("quote", current, "--collateral", collateral2025, "--at", JULY_2025);
    expect(run).toMatchObject({ status: 0, err: "" });
    expect(last(run)).toBe('✓ Accepted: every required check holds under the policy "default".');
    expect(run.out).not.toContain("\u001b");
    expect(run.out).toMatch(/^ {2}✓ pass {4}quote\.tcb +UpToDate/m);
    expect(run.out).toContain("b0c06f000000");
  });

  it("rejects a platform below every level", async () => {
    const run = await verifyProcess("quote", outdated, "--collateral", collateral2026, "--at", MARCH_2026, "--json");
    expect(run).toMatchObject({ status: 10, err: "" });
    expect(verdictOf(run)).toMatchObject({ result: "rejected", simulated: false, at: "2026-03-01T00:00:00.000Z" });
    expect(ids(verdictOf(run), "fail")).toEqual(["quote.tcb"]);
  });

  it("accepts a report, and replays its event log", async () => {
    const run = await verifyProcess("quote", report, "--collateral", collateral2026, "--at", MARCH_2026, "--json");
    expect(run).toMatchObject({ status: 0, err: "" });
    expect(ids(verdictOf(run), "pass")).toEqual(
      expect.arrayContaining(["rtmr.replay", "rtmr3.replay", "rtmr3.boundary"]),
    );
  });

  it("rejects a quote that is not TDX's, which it could read", async () => {
    const run = await verifyProcess("quote", sgx, "--collateral", sgxCollateral, "--at", JULY_2025, "--json");
    expect(run.status).toBe(10);
    expect(ids(verdictOf(run), "fail")).toContain("quote.header");
  });

  it("rejects collateral of another platform", async () => {
    const run = await verifyProcess("quote", current, "--collateral", collateral2026, "--at", MARCH_2026, "--json");
    expect(run.status).toBe(10);
    expect(ids(verdictOf(run), "fail")).toEqual(["quote.tcb"]);
  });

  it("rejects without collateral, which chain and signatures do not need", async () => {
    const verdict = verdictOf(await verifyHere("quote", report, "--at", MARCH_2026, "--json"));
    expect(verdict.result).toBe("rejected");
    expect(ids(verdict, "fail")).toEqual([]);
    expect(ids(verdict, "pass")).toEqual(expect.arrayContaining(["quote.chain", "quote.signature", "rtmr3.replay"]));
  });

  it.each([
    ["1750329147", 0],
    ["1752919235", 0],
    ["1750329146", 10],
    ["1752919236", 10],
  ])("at %s exits with %d: both ends of the window count", async (at, status) => {
    expect((await verifyHere("quote", current, "--collateral", collateral2025, "--at", at)).status).toBe(status);
  });

  it("compares all 64 bytes of report data", async () => {
    const data =
      "9a9d48e7f6799642d3d1b34e1e5e1742d4bb02dd6ddd551862c1211d35c304f9eca3efdbb481601c163cf52493d6e44aed55d51ec39b7e518fadb92c2b523f20";
    const common = ["quote", current, "--collateral", collateral2025, "--at", JULY_2025, "--json"];
    expect(ids(verdictOf(await verifyHere(...common, "--report-data", data)), "pass")).toContain("quote.report_data");
    const other = await verifyHere(...common, "--report-data", data.replace(/0$/, "1"));
    expect(other.status).toBe(10);
    expect(ids(verdictOf(other), "fail")).toEqual(["quote.report_data"]);
  });
});

const gpuReport = sharedPath("gpu/hopperAttestationReport.txt") ?? "";
const gpuChain = sharedPath("gpu/hopperCertChain.txt") ?? "";
const gpuRoot = sharedPath("gpu/verifier_device_root.pem") ?? "";
const NONCE = "931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb";

describe.skipIf([gpuReport, gpuChain, gpuRoot].includes(""))("countersign verify gpu, on a genuine report", () => {
  it("accepts the report for its nonce", async () => {
    const run = await verifyProcess("gpu", gpuReport, "--chain", gpuChain, "--nonce", NONCE);
    expect(run).toMatchObject({ status: 0, err: "" });
    expect(run.out).toContain("550.90.07");
  });

  it("accepts it with the vendor's root named, which makes nothing simulated", async () => {
    const run = await verifyHere("gpu", gpuReport, "--chain", gpuChain, "--nonce", NONCE, "--root", gpuRoot, "--json");
    expect(verdictOf(run)).toMatchObject({ result: "accepted", simulated: false, policy: "default" });
  });

  it("rejects it for another nonce, and without one", async () => {
    const other = await verifyHere("gpu", gpuReport, "--chain", gpuChain, "--nonce", NONCE.replace("9", "8"), "--json");
    expect([other.status, ids(verdictOf(other), "fail")]).toEqual([10, ["gpu.nonce"]]);
    const none = await verifyHere("gpu", gpuReport, "--chain", gpuChain, "--json");
    expect([none.status, ids(verdictOf(none), "fail")]).toEqual([10, []]);
  });

  it("asks for the certificates of a report that brings none", async () => {
    const run = await verifyHere("gpu", gpuReport, "--nonce", NONCE);
    expect([run.status, run.out]).toEqual([2, ""]);
    expect(run.err).toContain("--chain");
  });

  it("reads certificates where the report should be as malformed", async () => {
    expect(readFileSync(gpuChain, "utf8")).toContain("BEGIN");
    const run = await verifyHere("gpu", gpuChain, "--chain", gpuChain, "--nonce", NONCE, "--json");
    expect([run.status, verdictOf(run).result]).toEqual([30, "malformed"]);
  });
});
