import { type DeviceEvidence, NVIDIA_DEVICE_ROOT, parseDeviceReport, verifyDevices } from "@countersign/client/gpu";
import { DEFAULT_POLICY } from "@countersign/client/policy";
import { concludeVerdict } from "@countersign/client/verdict";
import { parsePemCertificates } from "@countersign/client/x509";
import { describe, expect, it } from "vitest";
import { sharedFile } from "../support/shared-vectors.ts";
import { makeAuthority, NOW } from "./support/authority.ts";
import { outcomes } from "./support/outcomes.ts";

const text = (name: string): string | undefined => {
  const bytes = sharedFile(name);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
};
const reportHex = text("gpu/hopperAttestationReport.txt");
const chainPem = text("gpu/hopperCertChain.txt");
const rootPem = text("gpu/verifier_device_root.pem");
const absent = reportHex === undefined || chainPem === undefined || rootPem === undefined;

const NONCE = Buffer.from("931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb", "hex");
/** 2022-03-01, the latest notBefore of the chain. */
const FIRST_MOMENT = Date.UTC(2022, 2, 1) / 1000;

/** Only meaningful where the sample is there. */
function sample(changes: Partial<DeviceEvidence> = {}): DeviceEvidence {
  return {
    architecture: "HOPPER",
    report: new Uint8Array(Buffer.from(reportHex ?? "", "hex")),
    certificates: parsePemCertificates(chainPem ?? "", 8),
    ...changes,
  };
}

const judge = (devices: readonly DeviceEvidence[], nonce: Uint8Array = NONCE, now: number = NOW) =>
  verifyDevices({ devices, nonce, now, policy: DEFAULT_POLICY });

/** Every byte instead of some: the nightly run. */
const FULL = process.env["COUNTERSIGN_FUZZ"] === "full";
const FULL_TIMEOUT = FULL ? 1_800_000 : 30_000;

/** Every claim of the sample, without documents. */
const ALL_GOOD = {
  "gpu.format": "pass",
  "gpu.count": "pass",
  "gpu.chain": "pass",
  simulation: "pass",
  "gpu.signature": "pass",
  "gpu.nonce": "pass",
  "gpu.fwid": "pass",
  "gpu.arch": "pass",
  "gpu.versions": "skip",
  "gpu.mode": "skip",
  "gpu.rim.driver": "skip",
  "gpu.rim.vbios": "skip",
  "gpu.ocsp": "skip",
  "gpu.nras": "skip",
};

describe.skipIf(absent)("NVIDIA's published Hopper sample", () => {
  it("holds in every claim", async () => {
    const { checks, simulated, facts } = await judge([sample()]);
    expect(outcomes(checks)).toEqual(ALL_GOOD);
    expect(simulated).toBe(false);
    const device = {
      architecture: "HOPPER",
      model: "GH100 A01 GSP BROM",
      driver: "550.90.07",
      vbios: "96.00.9F.00.01",
      mode: null,
      protectedPcie: "disabled",
      firmwareId: "f5c384aebb579217a2c66b17ed0f28e6a9b8d639041acd7b4721cec004f7275494ba94bb5cdfdb3055ee051762b1f75d",
      rim: { driver: "NV_GPU_DRIVER_GH100_550.90.07", vbios: "NV_GPU_VBIOS_1010_0200_882_96009F0001" },
      root: { fingerprint: NVIDIA_DEVICE_ROOT, simulated: false },
    };
    expect(facts).toEqual({ devices: [device] });
    const verdict = concludeVerdict({ subject: "gpu", checks, policy: DEFAULT_POLICY, now: NOW, simulated, facts });
    expect(verdict.result).toBe("accepted");
  });

  it("reads as published", () => {
    const { measurements, opaque, signedBytes, nonce } = parseDeviceReport(sample().report);
    expect(measurements).toHaveLength(64);
    expect(signedBytes).toHaveLength(4117 - 96);
    expect(Buffer.from(nonce)).toEqual(NONCE);
    expect(opaque).toMatchObject({ project: "1010", projectSku: "0200", chipSku: "882", nvdec0: 0x55 });
    expect(opaque.featureFlag).toBeUndefined();
  });

  it("does not name the device unless asked", async () => {
    const serial = "53c22ba15e5d68088282da074ed9fb37aa585771";
    const decimal = BigInt(`0x${serial}`).toString();
    const quiet = await judge([sample()]);
    const said = JSON.stringify([quiet.checks.list, quiet.facts]);
    expect(said).not.toContain(decimal);
    expect(said.toLowerCase()).not.toContain(serial);
    const asked = await verifyDevices({
      devices: [sample()],
      nonce: NONCE,
      now: NOW,
      policy: DEFAULT_POLICY,
      identifyDevices: true,
    });
    expect(JSON.stringify(asked.facts)).toContain(decimal);
  });

  it("is valid from the moment its chain is", async () => {
    expect(outcomes((await judge([sample()], NONCE, FIRST_MOMENT)).checks)).toEqual(ALL_GOOD);
    const before = await judge([sample()], NONCE, FIRST_MOMENT - 1);
    expect(outcomes(before.checks)).toEqual({ ...ALL_GOOD, "gpu.chain": "fail" });
    expect(outcomes((await judge([sample()], NONCE, Number.NaN)).checks)["gpu.chain"]).toBe("fail");
  });

  it("fails for another nonce, and says only that", async () => {
    const other = NONCE.map((byte, index) => (index === 31 ? byte ^ 1 : byte));
    expect(outcomes((await judge([sample()], other)).checks)).toEqual({ ...ALL_GOOD, "gpu.nonce": "fail" });
  });

  it(
    "fails for any byte of the report",
    async () => {
      const { report } = sample();
      // A prime stride reaches every field over the length of a block; the nightly run takes every byte.
      const stride = FULL ? 1 : 61;
      for (let index = 0; index < report.length; index += stride) {
        const flipped = report.with(index, (report[index] ?? 0) ^ 0x01);
        const { checks } = await judge([sample({ report: flipped })]);
        const format = checks.passed("gpu.format");
        expect(format && checks.passed("gpu.signature"), `byte ${index}`).toBe(false);
      }
    },
    FULL_TIMEOUT,
  );

  it("fails for any byte of a certificate", async () => {
    const { certificates } = sample();
    for (const [position, certificate] of certificates.entries()) {
      for (let index = 3; index < certificate.length; index += 97) {
        const flipped = certificate.with(index, (certificate[index] ?? 0) ^ 0x01);
        const { checks } = await judge([sample({ certificates: certificates.with(position, flipped) })]);
        const holds = checks.passed("gpu.format") && checks.passed("gpu.chain");
        expect(holds, `certificate ${position}, byte ${index}`).toBe(false);
      }
    }
  });

  it("fails with four certificates, in another order, or under another root", async () => {
    const { certificates } = sample();
    const other = makeAuthority({ commonName: "NVIDIA Device Identity CA", organization: "NVIDIA" }).certificate;
    const [leaf, rom, provisioner, identity, root] = certificates;
    const chains = [
      certificates.slice(0, 4),
      certificates.slice(1),
      certificates.with(4, other),
      [leaf, provisioner, rom, identity, root].flatMap((one) => (one === undefined ? [] : [one])),
      [...certificates, ...certificates.slice(4)],
    ];
    for (const chain of chains) {
      expect(outcomes((await judge([sample({ certificates: chain })])).checks)["gpu.chain"]).toBe("fail");
    }
  });

  it("fails if one device is shown twice, or called something else", async () => {
    expect(outcomes((await judge([sample(), sample()])).checks)).toEqual({ ...ALL_GOOD, "gpu.count": "fail" });
    const renamed = await judge([sample({ architecture: "BLACKWELL" })]);
    expect(outcomes(renamed.checks)).toEqual({ ...ALL_GOOD, "gpu.arch": "fail" });
  });

  it("has the root whose fingerprint is compiled in", () => {
    expect(parsePemCertificates(rootPem ?? "", 1)).toEqual(sample().certificates.slice(4));
  });
});
