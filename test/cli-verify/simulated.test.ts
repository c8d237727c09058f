import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificatePem } from "@countersign/client/x509";
import { afterAll, describe, expect, it } from "vitest";
import { openSimulatedGpus, simulatedDevices } from "../../src/tee/simulated/gpu/index.ts";
import { createPlatformMaterial, createSimulatedPlatform } from "../../src/tee/simulated/platform/index.ts";
import { ids, type Run, verdictOf, verifyHere, verifyProcess } from "./run-verify.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-verify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const NOW = 1_772_323_200;
const platform = createSimulatedPlatform(createPlatformMaterial());
const quoteBytes = platform.quote({ reportData: new Uint8Array(64) });
const quote = file("quote.bin", quoteBytes);
const collateral = file("collateral.json", platform.collateral(NOW));
const root = file("root.pem", certificatePem(platform.rootCertificate));
const policy = (name: string, text: string): string => file(name, `version: 1\nname: mine\n${text}`);
const namedRoot = `roots:
  - { kind: tdx, simulated: true, fingerprint: ${platform.rootFingerprint}, pem_file: root.pem }
`;

const verifyQuote = (...argv: readonly string[]): Promise<Run> =>
  verifyHere("quote", quote, "--collateral", collateral, "--at", String(NOW), ...argv);
const simulation = (run: Run) => verdictOf(run).checks.find(({ id }) => id === "simulation");

describe("a simulated quote", () => {
  it("is accepted with its root and consent, and says what it is in the first and last line", async () => {
    const argv = ["--collateral", collateral, "--at", String(NOW), "--root", root, "--allow-simulated"];
    const run = await verifyProcess("quote", quote, ...argv);
    expect(run).toMatchObject({ status: 0, err: "" });
    const lines = run.out.trimEnd().split("\n");
    for (const line of [lines[0], lines.at(-1)]) expect(line).toMatch(/^SIMULATED/);
    expect(run.out).toContain('under the policy "default with --root and --allow-simulated"');
  });

  it("is rejected with neither", async () => {
    const run = await verifyQuote("--json");
    expect(run.status).toBe(10);
    expect(verdictOf(run)).toMatchObject({ result: "rejected", simulated: true });
    expect(ids(verdictOf(run), "fail")).toEqual(expect.arrayContaining(["quote.chain", "simulation"]));
    expect(simulation(run)?.remedy).toMatch(/--root .*--allow-simulated/);
  });

  it("is rejected with its root alone; the remedy names the consent", async () => {
    const run = await verifyQuote("--root", root, "--json");
    expect([run.status, verdictOf(run).simulated]).toEqual([10, true]);
    expect(simulation(run)).toMatchObject({ outcome: "fail", remedy: expect.stringContaining("--allow-simulated") });
  });

  it("is rejected with consent alone; the remedy names the root", async () => {
    const run = await verifyQuote("--allow-simulated", "--json");
    expect([run.status, verdictOf(run).simulated]).toEqual([10, true]);
    expect(simulation(run)).toMatchObject({ outcome: "fail", remedy: expect.stringContaining("--root") });
  });

  it("is rejected with another platform's root", async () => {
    const other = createPlatformMaterial().root.certificate;
    const run = await verifyQuote("--root", file("other.pem", certificatePem(other)), "--allow-simulated", "--json");
    expect(run.status).toBe(10);
  });

  it("is accepted by a policy file that names both, its root beside it", async () => {
    const run = await verifyQuote("--policy", policy("both.yaml", `${namedRoot}allow_simulated: true`), "--json");
    expect([run.status, verdictOf(run).policy, verdictOf(run).simulated]).toEqual([0, "mine", true]);
  });

  it("is accepted by a policy file and a flag that have one each", async () => {
    const run = await verifyQuote("--policy", policy("half.yaml", namedRoot), "--allow-simulated", "--json");
    expect([run.status, verdictOf(run).policy]).toEqual([0, "mine with --allow-simulated"]);
  });

  it("cannot be allowed where the policy is for production", async () => {
    const path = policy("production.yaml", `production: true\nmeasurements:\n  mrtd: [${"ab".repeat(48)}]`);
    for (const flags of [["--allow-simulated"], ["--root", root]]) {
      const run = await verifyQuote("--policy", path, ...flags);
      expect([run.status, run.out]).toEqual([2, ""]);
    }
  });

  it.each([
    [
      "hex digits",
      () =>
        file(
          "quote.hex",
          Buffer.from(quoteBytes)
            .toString("hex")
            .replace(/(.{64})/g, "$1\n"),
        ),
    ],
    ["hex digits after 0x", () => file("quote.0x", `0x${Buffer.from(quoteBytes).toString("hex")}\n`)],
    ["a JSON report", () => file("report.json", JSON.stringify({ quote: Buffer.from(quoteBytes).toString("hex") }))],
    [
      "a report of a proxy",
      () => file("near.json", JSON.stringify({ intel_quote: Buffer.from(quoteBytes).toString("hex") })),
    ],
  ])("can be given as %s", async (_, make) => {
    const argv = ["--collateral", collateral, "--at", String(NOW), "--root", root, "--allow-simulated"];
    expect((await verifyHere("quote", make(), ...argv)).status).toBe(0);
  });

  it("with an event log of another machine is rejected", async () => {
    const log = [{ imr: 3, event_type: 0x08000001, digest: "00".repeat(48), event: "app-id", event_payload: "00" }];
    const text = { quote: Buffer.from(quoteBytes).toString("hex"), event_log: log };
    const argv = ["--collateral", collateral, "--at", String(NOW), "--root", root, "--allow-simulated", "--json"];
    const run = await verifyHere("quote", file("log.json", JSON.stringify(text)), ...argv);
    expect(run.status).toBe(10);
    expect(ids(verdictOf(run), "fail")).toContain("rtmr3.replay");
  });

  it("is rejected by a pin that only an event log could meet, and there is none", async () => {
    const path = policy("app.yaml", `${namedRoot}allow_simulated: true\napp:\n  ids: ["${"00".repeat(20)}"]`);
    const run = await verifyQuote("--policy", path, "--json");
    expect(run.status).toBe(10);
    expect(verdictOf(run).checks.find(({ id }) => id === "app.id")).toMatchObject({ outcome: "skip", required: true });
  });

  it("says which demands of the policy it could not judge", async () => {
    const path = policy("gpu.yaml", `${namedRoot}allow_simulated: true\ngpu:\n  count: 0\n`);
    const run = await verifyQuote("--policy", path, "--json");
    expect(verdictOf(run).notes.join("\n")).toContain("under gpu");
    expect((await verifyQuote("--root", root, "--allow-simulated")).out).not.toContain("Not judged");
  });
});

describe("simulated GPUs", () => {
  const gpus = openSimulatedGpus(join(folder, "gpus"));
  const nonce = new Uint8Array(32).fill(7);
  const gpuRoot = file("gpu-root.pem", certificatePem(gpus.rootCertificate));
  const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64");

  async function evidence(): Promise<object> {
    const reports = await simulatedDevices({ gpus, count: 2 }).collect(nonce);
    const evidence_list = reports.map(({ architecture, report, certificates }) => ({
      arch: architecture,
      evidence: base64(report),
      certificate: base64(certificates.map(certificatePem).join("")),
    }));
    return { nonce: Buffer.from(nonce).toString("hex"), evidence_list, arch: "HOPPER" };
  }
  const flags = ["--nonce", Buffer.from(nonce).toString("hex"), "--root", gpuRoot, "--allow-simulated", "--json"];

  it("are accepted as an evidence list, and inside an attestation report", async () => {
    const list = await evidence();
    for (const content of [list, { nvidia_payload: JSON.stringify(list) }]) {
      const run = await verifyHere("gpu", file("evidence.json", JSON.stringify(content)), ...flags);
      expect([run.status, verdictOf(run).simulated]).toEqual([0, true]);
    }
  });

  it("are rejected under the root of the simulated platform", async () => {
    const path = file("evidence.json", JSON.stringify(await evidence()));
    const run = await verifyHere("gpu", path, ...flags.map((flag) => (flag === gpuRoot ? root : flag)));
    expect(run.status).toBe(10);
  });

  it("are rejected if the policy asks for another number of them", async () => {
    const path = file("evidence.json", JSON.stringify(await evidence()));
    const run = await verifyHere("gpu", path, "--policy", policy("eight.yaml", "gpu:\n  count: 8\n"), ...flags);
    expect(run.status).toBe(10);
    expect(ids(verdictOf(run), "fail")).toEqual(["gpu.count"]);
  });

  it("refuse --chain beside a list that brings its own", async () => {
    const path = file("evidence.json", JSON.stringify(await evidence()));
    expect((await verifyHere("gpu", path, "--chain", gpuRoot, ...flags)).status).toBe(2);
  });
});
