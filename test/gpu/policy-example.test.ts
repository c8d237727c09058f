import { readFileSync } from "node:fs";
import { type DeviceDocuments, type RimDocument, verifyDevices } from "@countersign/client/gpu";
import { createRimVerifier } from "@countersign/client/gpu-rim";
import { type Policy, parsePolicy } from "@countersign/client/policy";
import { concludeVerdict } from "@countersign/client/verdict";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Authority, makeAuthority, NOW } from "./support/authority.ts";
import {
  ascii,
  type DeviceChain,
  evidenceOf,
  firmwareExtension,
  little,
  makeChain,
  measurementAt,
  NONCE,
  trusting,
} from "./support/device.ts";
import { makeOcspResponse } from "./support/ocsp-response.ts";
import { fingerprintOf, makeDocument, makeSigners } from "./support/reference-document.ts";

const example = parsePolicy(parse(readFileSync(new URL("../../docs/policies/gpu.yaml", import.meta.url), "utf8")));

const chain = makeChain();
const signers = makeSigners({ notAfter: NOW - 1 });
const [, rom, ...above] = chain;
const eight = Array.from({ length: 8 }, (_, number) => {
  const leaf = makeAuthority({
    commonName: `GPU ${number}`,
    issuer: rom,
    role: "leaf without constraints",
    extensions: [firmwareExtension(rom.spki)],
  });
  const own: DeviceChain = [leaf, rom, ...above];
  return evidenceOf(own, { opaque: { 3: ascii("580.95.05"), 36: little(2, 4) } });
});

const documentOf = (component: RimDocument["component"], version: string, index: number): RimDocument => ({
  component,
  document: makeDocument({ version, resources: [{ index, values: [measurementAt(index)] }], signers }),
});
const driver = documentOf("driver", "580.95.05", 21);
const vbios = documentOf("vbios", "96.00.9F.00.01", 2);
/** For each certificate that is no leaf and no root, then for the signer's. */
const responsesFor = (links: readonly Authority[]) =>
  links.slice(0, -1).map((certificate, index) => makeOcspResponse({ certificate, issuer: links[index + 1] ?? rom }));
const ofDevices = responsesFor(chain.slice(1));
const ocsp = [...ofDevices, ...responsesFor(signers)];

async function judge(deviceDocuments: DeviceDocuments, changes: Partial<Policy> = {}) {
  const policy: Policy = { ...example, roots: trusting(chain).roots, ...changes };
  const { checks, simulated, facts } = await verifyDevices({
    devices: eight,
    nonce: NONCE,
    now: NOW,
    policy,
    documents: deviceDocuments,
    rimVerifier: createRimVerifier({
      roots: [fingerprintOf(signers[3])],
      expiredSignerAccepted: policy.gpu.rimSignerExpiredAccepted,
    }),
  });
  const verdict = concludeVerdict({ subject: "gpu", checks, policy, now: NOW, simulated, facts });
  const unmet = verdict.checks.filter(
    ({ outcome, required }) => outcome === "fail" || (outcome === "skip" && required),
  );
  return { result: verdict.result, unmet: unmet.map(({ id }) => id) };
}

const expiredAccepted: Partial<Policy> = { waive: [], gpu: { ...example.gpu, rimSignerExpiredAccepted: true } };

describe("the example policy for GPUs", () => {
  it("is satisfied by eight devices with documents of NVIDIA's kind, without its waiver", async () => {
    expect(await judge({ rim: [driver, vbios], ocsp }, expiredAccepted)).toEqual({ result: "accepted", unmet: [] });
  });

  it("does not accept the expired signer of these documents as it stands", async () => {
    const { result, unmet } = await judge({ rim: [driver, vbios], ocsp }, { waive: [] });
    expect([result, unmet]).toEqual(["rejected", ["gpu.rim.driver", "gpu.rim.vbios"]]);
  });

  it("needs every document it requires", async () => {
    const [, ...tooFew] = ocsp;
    expect((await judge({ rim: [driver], ocsp }, expiredAccepted)).unmet).toEqual(["gpu.rim.vbios"]);
    expect((await judge({ rim: [driver, vbios] }, expiredAccepted)).unmet).toEqual(["gpu.ocsp"]);
    expect((await judge({ rim: [driver, vbios], ocsp: tooFew }, expiredAccepted)).unmet).toEqual(["gpu.ocsp"]);
    expect((await judge({ rim: [driver, vbios], ocsp: ofDevices }, expiredAccepted)).unmet).toEqual(["gpu.ocsp"]);
  });

  it("waives the VBIOS document, and nothing else", async () => {
    const { waive } = example;
    expect((await judge({ rim: [driver], ocsp }, { ...expiredAccepted, waive })).result).toBe("accepted");
    expect((await judge({ rim: [vbios], ocsp }, { ...expiredAccepted, waive })).unmet).toEqual(["gpu.rim.driver"]);
  });
});
