import { type RimDocument, verifyDevices } from "@countersign/client/gpu";
import { createRimVerifier } from "@countersign/client/gpu-rim";
import { describe, expect, it } from "vitest";
import { NOW } from "./support/authority.ts";
import { digest, evidenceOf, makeChain, measurementAt, NONCE, type ReportOptions, trusting } from "./support/device.ts";
import { causeOf, outcomes } from "./support/outcomes.ts";
import { fingerprintOf, makeDocument, makeSigners, type Resource } from "./support/reference-document.ts";

const chain = makeChain();
const signers = makeSigners();
const rimVerifier = createRimVerifier({ roots: [fingerprintOf(signers[3])] });

const resources = (...indexes: readonly number[]): Resource[] =>
  indexes.map((index) => ({ index, values: [digest("other"), measurementAt(index)] }));
const driverDocument = (list: readonly Resource[], version = "550.90.07"): RimDocument => ({
  component: "driver",
  document: makeDocument({ version, resources: list, signers }),
});
const vbiosDocument = (list: readonly Resource[], version = "96.00.9F.00.01"): RimDocument => ({
  component: "vbios",
  document: makeDocument({ version, resources: list, signers }),
});
const DRIVER = driverDocument(resources(7, 21, 35));
const VBIOS = vbiosDocument(resources(0, 1, 2));

async function judge(rim: readonly RimDocument[], report: ReportOptions = {}) {
  const devices = [evidenceOf(chain, report)];
  const input = { devices, nonce: NONCE, now: NOW, policy: trusting(chain), documents: { rim } };
  const { checks } = await verifyDevices({ ...input, rimVerifier });
  const { "gpu.rim.driver": driver, "gpu.rim.vbios": vbios } = outcomes(checks);
  const causes = { driver: causeOf(checks, "gpu.rim.driver"), vbios: causeOf(checks, "gpu.rim.vbios") };
  return { both: [driver, vbios], causes };
}

describe("measurements against reference values", () => {
  it("match, each document for itself", async () => {
    expect((await judge([DRIVER, VBIOS])).both).toEqual(["pass", "pass"]);
    expect((await judge([DRIVER])).both).toEqual(["pass", "skip"]);
    expect((await judge([VBIOS])).both).toEqual(["skip", "pass"]);
    expect((await judge([])).both).toEqual(["skip", "skip"]);
  });

  it("differ, and the index is named, counted from 0", async () => {
    const { both, causes } = await judge([DRIVER, VBIOS], { measurements: { 7: digest("x"), 21: digest("y") } });
    expect(both).toEqual(["fail", "pass"]);
    expect(causes.driver).toContain("at index 7, 21");
    expect((await judge([DRIVER, VBIOS], { measurements: { 8: digest("x") } })).both).toEqual(["pass", "pass"]);
  });

  it("are missing for an index that is active", async () => {
    expect((await judge([driverDocument(resources(64))])).both).toEqual(["fail", "skip"]);
  });

  it.each([
    ["enabled", Uint8Array.of(0xaa), "fail"],
    ["disabled", Uint8Array.of(0x55), "pass"],
    ["unknown", Uint8Array.of(0x00), "fail"],
    ["not stated", undefined, "fail"],
  ])("index 35 counts unless the decoder is off: %s", async (_, status, expected) => {
    const report = { measurements: { 35: digest("x") }, opaque: { 11: status } };
    expect((await judge([DRIVER], report)).both).toEqual([expected, "skip"]);
  });

  it("an unknown status of the decoder fails even without index 35", async () => {
    const report = { opaque: { 11: Uint8Array.of(0x01) } };
    expect((await judge([driverDocument(resources(7))], report)).both).toEqual(["fail", "skip"]);
  });

  it("are not taken from documents that both claim an index", async () => {
    const { both, causes } = await judge([DRIVER, vbiosDocument(resources(1, 21))]);
    expect(both).toEqual(["fail", "fail"]);
    expect(causes.driver).toContain("both claim index 21");
  });

  it("need the document of exactly the stated version", async () => {
    const other = await judge([driverDocument(resources(7), "550.90.08"), VBIOS]);
    expect(other.both[0]).toBe("fail");
    expect(other.causes.driver).toContain("550.90.07");
    const swapped: RimDocument = { component: "driver", document: VBIOS.document };
    expect((await judge([swapped])).both).toEqual(["fail", "skip"]);
    expect((await judge([DRIVER, driverDocument(resources(8))])).both[0]).toBe("fail");
    expect((await judge([DRIVER], { opaque: { 3: undefined } })).both[0]).toBe("fail");
  });

  it("fail with a document that does not verify, or without the verifier that reads it", async () => {
    const broken: RimDocument = { component: "driver", document: DRIVER.document.subarray(1) };
    expect((await judge([broken, VBIOS])).both).toEqual(["fail", "pass"]);
    const devices = [evidenceOf(chain)];
    const input = { devices, nonce: NONCE, now: NOW, policy: trusting(chain), documents: { rim: [DRIVER] } };
    const { checks } = await verifyDevices(input);
    expect(outcomes(checks)).toMatchObject({ "gpu.rim.driver": "skip, required", "gpu.rim.vbios": "skip, required" });
  });

  it("are not read of a switch", async () => {
    const nvswitch = makeChain({ model: "LS10 A01", leafExtensions: () => [] });
    const { checks } = await verifyDevices({
      devices: [evidenceOf(nvswitch, { blocks: 31, opaque: { 20: undefined } }, "LS10")],
      nonce: NONCE,
      now: NOW,
      policy: trusting(nvswitch),
      documents: { rim: [DRIVER] },
      rimVerifier,
    });
    expect(outcomes(checks)["gpu.rim.driver"]).toBe("fail");
  });
});
