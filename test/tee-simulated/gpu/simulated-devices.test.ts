import { hash, verify, X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCertificate } from "@countersign/client/x509";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DeviceReport } from "../../../src/tee/quote-source.ts";
import { openSimulatedGpus, simulatedDevices } from "../../../src/tee/simulated/gpu/index.ts";

let parent: string;
let directory: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "countersign-gpu-"));
  directory = join(parent, "state");
});
afterEach(() => rmSync(parent, { recursive: true }));

const NONCE = Uint8Array.from({ length: 32 }, (_, index) => index);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const collect = (count?: number) =>
  simulatedDevices({ gpus: openSimulatedGpus(directory), ...(count === undefined ? {} : { count }) }).collect(NONCE);

async function only(): Promise<DeviceReport> {
  const [device, ...more] = await collect();
  expect(more).toEqual([]);
  if (device === undefined) throw new Error("no device");
  return device;
}

describe("the report", () => {
  it("is the request with the nonce, 64 measurements, and 370 bytes of what the GPU says of itself", async () => {
    const { report } = await only();
    expect(report).toHaveLength(4065);
    const text = hex(report);
    expect(text.slice(0, 2 * 37)).toBe(`11e001ff${hex(NONCE)}00`);
    expect(text.slice(2 * 37, 2 * 45)).toBe("1160000040c00d00");
    for (let block = 1; block <= 64; block++) {
      const start = 2 * (45 + 55 * (block - 1));
      const value = hash(
        "sha384",
        Buffer.concat([Buffer.from("countersign.simulated.gpu.measurement.v1"), Uint8Array.of(block)]),
      );
      expect(text.slice(start, start + 110)).toBe(
        `${Buffer.of(block).toString("hex")}01330001 3000${value}`.replace(" ", ""),
      );
    }
    const fwid = "998c24767ad8278977c1dae99d868c6d63985a91c98705c62a3bc8371e65299b7c1702d67c67d3d21126c29c99d092c3";
    const opaque = [
      "03000600302e302e3000",
      "060008000000000000000000",
      "0b000100aa",
      `0c000001${"00".repeat(256)}`,
      "0f00040053494d00",
      "1100050053494d3000",
      "120005003030303000",
      `14003000${fwid}`,
      "1500010055",
    ].join("");
    expect(text.slice(2 * 3597, 2 * 3599)).toBe("7201");
    expect(text.slice(2 * 3599, 2 * 3969)).toBe(opaque);
  });

  it("is signed by the leaf, as OpenSSL confirms", async () => {
    const { report, certificates } = await only();
    const key = new X509Certificate(certificates[0] ?? "").publicKey;
    const signed = report.subarray(0, -96);
    const check = (bytes: Uint8Array) =>
      verify("sha384", bytes, { key, dsaEncoding: "ieee-p1363" }, report.subarray(-96));
    expect(check(signed)).toBe(true);
    expect(check(signed.map((byte, index) => (index === 4 ? byte ^ 1 : byte)))).toBe(false);
  });
});

describe("the chain", () => {
  it("has the genuine names and forms, and says in each certificate what it is", async () => {
    const chain = (await only()).certificates.map((certificate) => new X509Certificate(certificate));
    expect(chain.map(({ subject }) => subject)).toEqual(
      [
        "GH100 A01 GSP FMC LF",
        "GH100 A01 GSP BROM",
        "NVIDIA GH100 Provisioner ICA 1",
        "NVIDIA GH100 Identity",
        "NVIDIA Device Identity CA",
      ].map((name) => `CN=${name}\nO=SIMULATED GPU - DEVELOPMENT ONLY\nC=US`),
    );
    for (const [index, certificate] of chain.entries()) {
      const issuer = chain[index + 1] ?? certificate;
      expect(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)).toBe(true);
      expect(certificate.ca).toBe(index > 0);
      expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe("secp384r1");
      expect(certificate.validFromDate.toISOString()).toBe("2020-10-17T00:00:00.000Z");
      // GeneralizedTime, as there is no other way to say it.
      expect(Buffer.from(certificate.raw).includes(Buffer.from("99991231235959Z"))).toBe(true);
    }
  });

  it("has a leaf without constraints that names its firmware and the key above it", async () => {
    const [leaf, rom, ...above] = (await only()).certificates.map(parseCertificate);
    expect(leaf?.basicConstraints).toBeUndefined();
    expect([...(leaf?.extensions.keys() ?? [])]).toEqual(["2.5.29.15", "2.5.29.14", "2.5.29.35", "2.23.133.5.4.1"]);
    const dice = hex(leaf?.extensions.get("2.23.133.5.4.1")?.value ?? new Uint8Array(0));
    expect(dice).toContain(`020101${hex(rom?.publicKey.encoded ?? new Uint8Array(0))}303d06096086480165030402020430`);
    expect(dice.slice(-96)).toBe(hash("sha384", "countersign.simulated.gpu.fwid.v1"));
    expect([rom, ...above].map((certificate) => certificate?.basicConstraints)).toEqual([
      { ca: true, pathLength: 0 },
      { ca: true, pathLength: 1 },
      { ca: true, pathLength: 2 },
      { ca: true, pathLength: undefined },
    ]);
  });
});

describe("the source", () => {
  it("says that it is simulated", () => {
    expect(simulatedDevices({ gpus: openSimulatedGpus(directory) })).toMatchObject({
      kind: "simulated",
      simulated: true,
    });
  });

  it("has as many devices as it is told to, each with keys of its own, one nonce for all", async () => {
    const devices = await collect(3);
    expect(devices.map(({ architecture }) => architecture)).toEqual(["HOPPER", "HOPPER", "HOPPER"]);
    const certificates = devices.flatMap((device) => device.certificates.map(hex));
    expect(new Set(certificates).size).toBe(3 * 2 + 3);
    for (const { report } of devices) expect(hex(report.subarray(4, 36))).toBe(hex(NONCE));
    expect(await collect(0)).toEqual([]);
  });

  it("makes every report anew", async () => {
    expect(hex((await only()).report)).not.toBe(hex((await only()).report));
  });

  it.each([-1, 1.5, 33, Number.NaN])("refuses to have %d devices", (count) => {
    expect(() => simulatedDevices({ gpus: openSimulatedGpus(directory), count })).toThrow(RangeError);
  });

  it("takes 32 bytes as nonce, and no caller who has given up", async () => {
    const source = simulatedDevices({ gpus: openSimulatedGpus(directory) });
    await expect(source.collect(new Uint8Array(31))).rejects.toThrow(TypeError);
    await expect(source.collect(NONCE, AbortSignal.abort())).rejects.toMatchObject({ code: "tee.cancelled" });
  });
});

describe("an installation's GPUs", () => {
  it("stay the same, and new ones come under the same root", async () => {
    const [first] = await collect(1);
    const both = await collect(2);
    expect(both[0]?.certificates.map(hex)).toEqual(first?.certificates.map(hex));
    const { rootCertificate, rootFingerprint } = openSimulatedGpus(directory);
    expect(rootFingerprint).toBe(hash("sha256", rootCertificate));
    expect(hex(both[1]?.certificates.at(-1) ?? new Uint8Array(0))).toBe(hex(rootCertificate));
    expect(openSimulatedGpus(join(parent, "other")).rootFingerprint).not.toBe(rootFingerprint);
  });

  it("lie in files that only their owner reads, without the keys of root and identity CA", async () => {
    await collect(2);
    expect(readdirSync(directory).sort()).toEqual(["gpu-0.json", "gpu-1.json", "gpu-authority.json"]);
    for (const file of readdirSync(directory)) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    const keys = readFileSync(join(directory, "gpu-authority.json"), "utf8").match(/BEGIN PRIVATE KEY/g);
    expect(keys).toHaveLength(1);
  });

  const edit = (file: string, change: (state: Record<string, string>) => unknown) => {
    const path = join(directory, file);
    writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, "utf8")) as Record<string, string>)));
  };
  const otherState = (file: string) => {
    simulatedDevices({ gpus: openSimulatedGpus(join(parent, "other")) });
    return JSON.parse(readFileSync(join(parent, "other", file), "utf8")) as Record<string, string>;
  };

  it.each<[string, () => void, string]>([
    ["an authority others may read", () => chmodSync(join(directory, "gpu-authority.json"), 0o644), "tee.mismatch"],
    [
      "an authority of another format",
      () => edit("gpu-authority.json", (state) => ({ ...state, format: "x" })),
      "tee.malformed",
    ],
    [
      "an authority under another root",
      () =>
        edit("gpu-authority.json", (state) => ({
          ...state,
          root_certificate: otherState("gpu-authority.json")["root_certificate"],
        })),
      "tee.malformed",
    ],
    [
      "an authority with another key",
      () =>
        edit("gpu-authority.json", (state) => ({
          ...state,
          provisioner_key: otherState("gpu-authority.json")["provisioner_key"],
        })),
      "tee.malformed",
    ],
    ["another authority's GPU", () => edit("gpu-0.json", () => otherState("gpu-0.json")), "tee.malformed"],
    ["a GPU of another format", () => edit("gpu-0.json", (state) => ({ ...state, format: "x" })), "tee.malformed"],
    [
      "a GPU with a broken certificate",
      () => edit("gpu-0.json", (state) => ({ ...state, leaf_certificate: "x" })),
      "tee.malformed",
    ],
    [
      "a GPU with another key",
      () => edit("gpu-0.json", (state) => ({ ...state, attestation_key: otherState("gpu-0.json")["attestation_key"] })),
      "tee.malformed",
    ],
  ])("are refused with %s", async (_, spoil, code) => {
    await collect(1);
    spoil();
    expect(() => simulatedDevices({ gpus: openSimulatedGpus(directory) })).toThrow(expect.objectContaining({ code }));
  });
});
