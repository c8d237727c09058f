import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificatePem, parsePemCertificates } from "@countersign/client/x509";
import { afterAll, describe, expect, it } from "vitest";
import { generateLeafKey, makeLeafEvidence, mintLeaf, selfIssuer } from "../../src/ratls/index.ts";
import { createPlatformMaterial, createSimulatedPlatform } from "../../src/tee/simulated/platform/index.ts";
import { ids, type Run, verdictOf, verifyHere } from "./run-verify.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-verify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const NOW = 1_772_323_200;
const platform = createSimulatedPlatform(createPlatformMaterial());
const collateral = file("collateral.json", platform.collateral(NOW));
const root = file("root.pem", certificatePem(platform.rootCertificate));
const key = generateLeafKey();

async function mint(form: "deterministic" | "none", vouchedFor = key): Promise<string> {
  const quotes = {
    kind: "dstack",
    simulated: true,
    endpoint: "test",
    quote: async (reportData: Uint8Array) => ({
      quote: platform.quote({ reportData }),
      eventLog: undefined,
      vmConfig: undefined,
    }),
  } as const;
  const evidence = await makeLeafEvidence(form, quotes, vouchedFor.spki, NOW);
  return mintLeaf({ key, issuer: selfIssuer(key), evidence, names: ["gateway.test"], simulated: true }).chain;
}

const verifyCertificate = (path: string, ...argv: readonly string[]): Promise<Run> =>
  verifyHere("cert", path, "--collateral", collateral, "--at", String(NOW), "--json", ...argv);
const simulated = ["--root", root, "--allow-simulated"];

describe("countersign verify cert", () => {
  it("accepts a leaf whose quote is for its key, as PEM and as DER", async () => {
    const pem = await mint("deterministic");
    const [der = new Uint8Array()] = parsePemCertificates(pem, 1);
    for (const path of [file("leaf.pem", pem), file("leaf.der", der)]) {
      const run = await verifyCertificate(path, "--name", "gateway.test", ...simulated);
      expect([run.status, ids(verdictOf(run), "fail")]).toEqual([0, []]);
      expect(verdictOf(run)).toMatchObject({ subject: "certificate", simulated: true });
    }
  });

  it("rejects it for another name, without its root, and for another authority", async () => {
    const path = file("leaf.pem", await mint("deterministic"));
    const otherName = await verifyCertificate(path, "--name", "other.test", ...simulated);
    expect([otherName.status, ids(verdictOf(otherName), "fail")]).toEqual([10, ["tls.certificate"]]);
    expect((await verifyCertificate(path)).status).toBe(10);
    const otherAuthority = await verifyCertificate(path, "--ca", root, ...simulated);
    expect([otherAuthority.status, ids(verdictOf(otherAuthority), "fail")]).toEqual([10, ["tls.certificate"]]);
    expect(verdictOf(otherAuthority).policy).toBe("default with --root and --allow-simulated and --ca");
  });

  it("rejects a leaf whose quote is for another key, and one without a quote", async () => {
    const other = await verifyCertificate(
      file("leaf.pem", await mint("deterministic", generateLeafKey())),
      ...simulated,
    );
    expect([other.status, ids(verdictOf(other), "fail")]).toEqual([10, expect.arrayContaining(["tls.report_data"])]);
    expect((await verifyCertificate(file("leaf.pem", await mint("none")), ...simulated)).status).toBe(10);
  });

  it.each([
    ["an empty file", ""],
    ["text", "hello"],
    ["half a PEM certificate", "-----BEGIN CERTIFICATE-----\nMII"],
    ["another kind of PEM", "-----BEGIN PRIVATE KEY-----\nMIIC\n-----END PRIVATE KEY-----\n"],
    ["a file that is too large", "-".repeat(1024 * 1024 + 1)],
  ])("reads %s as malformed", async (_, content) => {
    const run = await verifyCertificate(file("input", content));
    expect([run.status, run.err, verdictOf(run).result]).toEqual([30, "", "malformed"]);
  });
});
