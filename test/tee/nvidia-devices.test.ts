import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  CANNED_NONCE,
  cannedDevices,
  deviceEvidence,
  evidenceFile,
  type NvidiaDevices,
  type NvidiaOptions,
  noDevices,
  nvidiaDevices,
  nvidiaLibrary,
} from "../../src/tee/index.ts";
import { requireNonce } from "../../src/tee/nvidia/device-evidence.ts";
import { sharedFile } from "../support/shared-vectors.ts";
import { hex } from "./quote-fixture.ts";
import { temporaryFolder } from "./scripted-agent.ts";

const NONCE = Uint8Array.from({ length: 32 }, (_, index) => 0xa0 + index);
const HELPER = join(import.meta.dirname, "fake-helper.mjs");

const open: NvidiaDevices[] = [];
afterEach(() => {
  for (const devices of open.splice(0)) devices.close();
});

/** The source under test with a helper of this kind, and the process ids that helpers have noted. */
function helper(
  mode: string,
  { log = join(temporaryFolder(), "pids"), ...options }: NvidiaOptions & { readonly log?: string } = {},
): { devices: NvidiaDevices; pids: () => number[] } {
  writeFileSync(log, "");
  const pids = (): number[] => readFileSync(log, "utf8").split("\n").filter(Boolean).map(Number);
  const devices = nvidiaDevices({ command: [process.execPath, HELPER, mode, log], restartMs: 1, ...options });
  open.push(devices);
  return { devices, pids };
}

/** Whether a process is there and more than a corpse. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe("evidence from a helper", () => {
  it.each([
    ["good", 2],
    ["wrapper", 2],
    ["list", 1],
    ["none", 0],
    ["stderr-flood", 2],
    ["answer-then-exit", 2],
  ])("is read from one that is %s", async (mode, count) => {
    const { devices } = helper(mode);
    expect(devices).toMatchObject({ kind: "nvidia", simulated: false });
    const reports = await devices.collect(NONCE);
    expect(reports).toHaveLength(count);
    for (const { architecture, report, certificates } of reports) {
      expect([architecture, hex(report.subarray(4, 36)), report.length, certificates.map(hex)]).toEqual([
        "HOPPER",
        hex(NONCE),
        100,
        ["3000"],
      ]);
    }
  });

  it("is collected by one process, one nonce after another, equal nonces at once", async () => {
    const { devices, pids } = helper("good");
    const nonces = [1, 2, 2, 3, 1].map((byte) => new Uint8Array(32).fill(byte));
    const all = await Promise.all(nonces.map((nonce) => devices.collect(nonce)));
    expect(all.map(([first]) => first?.report[4])).toEqual([1, 2, 2, 3, 1]);
    expect(all[1]).toBe(all[2]);
    expect(all[0]).toBe(all[4]);
    expect(pids()).toHaveLength(1);
  });

  it("keeps the end of what was written to standard error, in plain characters", async () => {
    const { devices } = helper("stderr-flood");
    await devices.collect(NONCE);
    await expect.poll(() => devices.diagnosis().endsWith("s?\nlast words\n")).toBe(true);
    expect(devices.diagnosis()).toHaveLength(2000);
  });

  it("is not given the gateway's environment", async () => {
    const path = join(temporaryFolder(), "environment");
    process.env["TOKEN"] = "s3cret";
    try {
      const { devices } = helper("environment", { log: path });
      await devices.collect(NONCE);
    } finally {
      delete process.env["TOKEN"];
    }
    const names = readFileSync(path, "utf8").trim().split("\n").slice(1);
    expect(names).toContain("PATH");
    expect(names.filter((name) => !["PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL"].includes(name))).toEqual([]);
  });

  it.each([
    ["crash", "tee.unreachable"],
    ["half-line", "tee.unreachable"],
    ["flood", "tee.malformed"],
    ["flood-lines", "tee.malformed"],
    ["garbage", "tee.malformed"],
    ["other-nonce", "tee.mismatch"],
  ])("is refused from one that does %s, which is ended", async (mode, code) => {
    const { devices, pids } = helper(mode);
    await expect(devices.collect(NONCE)).rejects.toMatchObject({ name: "TeeError", code });
    await expect.poll(() => pids().filter(lives)).toEqual([]);
  });

  it("is refused with the helper's reason where it is one of the protocol's, and the helper stays", async () => {
    const { devices, pids } = helper("error-bindings");
    for (let round = 0; round < 2; round++) {
      await expect(devices.collect(NONCE)).rejects.toThrow("[tee.refused] device helper: the Python package");
    }
    expect(pids()).toHaveLength(1);
    const failure = await helper("error-words")
      .devices.collect(NONCE)
      .catch((error: Error) => error);
    expect(failure).toMatchObject({ code: "tee.refused" });
    expect(String(failure)).not.toContain("s3cret");
  });

  it("does not come from a program that is not there", async () => {
    const devices = nvidiaDevices({ command: ["/nonexistent/helper"], restartMs: 1 });
    await expect(devices.collect(NONCE)).rejects.toMatchObject({ code: "tee.absent" });
  });

  it("is never asked for with another number of bytes", async () => {
    await expect(helper("good").devices.collect(new Uint8Array(31))).rejects.toThrow(TypeError);
  });
});

describe("a helper that does not answer", () => {
  it("is ended when the time is over, whatever it does against it, with all it started", async () => {
    const helpers = ["slow", "ignores-term", "child"].map((mode) => helper(mode, { timeoutMs: 2_000 }));
    const outcomes = await Promise.allSettled(helpers.map(({ devices }) => devices.collect(NONCE)));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { name: "TeeError", code: "tee.timeout" } });
    }
    expect(helpers.map(({ pids }) => pids().length)).toEqual([1, 1, 2]);
    await expect.poll(() => helpers.flatMap(({ pids }) => pids()).filter(lives)).toEqual([]);
  });

  it("is not waited for by a caller who gives up", async () => {
    const { devices } = helper("slow");
    await expect(devices.collect(NONCE, AbortSignal.abort())).rejects.toMatchObject({ code: "tee.cancelled" });
  });
});

describe("a helper that failed", () => {
  it("is replaced by another one", async () => {
    const folder = temporaryFolder();
    const log = join(folder, "pids");
    writeFileSync(log, "");
    // Fails once: the number of starts is the number of lines in the log.
    const script = `exec "${process.execPath}" "${HELPER}" crash-first "${log}" "$(wc -l < "${log}")"`;
    const devices = nvidiaDevices({ command: ["/bin/sh", "-c", script], restartMs: 1 });
    open.push(devices);
    await expect(devices.collect(NONCE)).rejects.toMatchObject({ code: "tee.unreachable" });
    expect(await devices.collect(NONCE)).toHaveLength(2);
  });

  it("ends by itself when it is closed", async () => {
    const { devices, pids } = helper("good");
    await devices.collect(NONCE);
    devices.close();
    await expect.poll(() => pids().filter(lives)).toEqual([]);
    expect(await devices.collect(NONCE)).toHaveLength(2);
    expect(pids()).toHaveLength(2);
  });
});

const python = spawnSync("python3", ["--version"]).status === 0;
if (!python) process.stderr.write("skipped: there is no python3 to run the helper with\n");

describe.skipIf(!python)("the helper in Python", () => {
  const program = join(import.meta.dirname, "../../src/tee/nvidia/helper.py");

  /** Stands for NVIDIA's bindings: the calls the helper makes, with structures as ctypes gives them. */
  const BINDINGS = `
import ctypes
NVML_DEVICE_ARCH_HOPPER = 9
NVML_DEVICE_ARCH_BLACKWELL = 10
class NVMLError(Exception):
    pass
class Certificate(ctypes.Structure):
    _fields_ = [("attestationCertChainSize", ctypes.c_uint), ("attestationCertChain", ctypes.c_ubyte * 0x1400)]
class Report(ctypes.Structure):
    _fields_ = [("attestationReportSize", ctypes.c_uint), ("attestationReport", ctypes.c_ubyte * 0x2000)]
def nvmlInit():
    pass
def nvmlShutdown():
    pass
def nvmlDeviceGetCount():
    return 2
def nvmlDeviceGetHandleByIndex(index):
    return index
def nvmlDeviceGetArchitecture(device):
    return 9 + device
def nvmlDeviceGetConfComputeGpuCertificate(device):
    text = b"-----BEGIN CERTIFICATE-----\\nMAA=\\n-----END CERTIFICATE-----\\n\\0"
    made = Certificate(attestationCertChainSize=len(text))
    made.attestationCertChain[: len(text)] = text
    return made
def nvmlDeviceGetConfComputeGpuAttestationReport(device, nonce):
    if nonce[0] == 0xff:
        raise NVMLError("Not Supported")
    report = b"\\x11\\xe0\\x01\\xff" + bytes((ctypes.c_ubyte * len(nonce))(*nonce)) + bytes([device]) * 8
    made = Report(attestationReportSize=len(report))
    made.attestationReport[: len(report)] = report
    return made
`;

  function withBindings(text: string): NvidiaDevices {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "pynvml.py"), text);
    const devices = nvidiaDevices({ command: ["env", `PYTHONPATH=${folder}`, "python3", program], restartMs: 1 });
    open.push(devices);
    return devices;
  }

  it("collects every GPU's report and chain, and says when the driver refuses", async () => {
    const devices = withBindings(BINDINGS);
    const reports = await devices.collect(NONCE);
    expect(reports.map(({ architecture }) => architecture)).toEqual(["HOPPER", "BLACKWELL"]);
    expect(reports.map(({ report }) => hex(report))).toEqual(
      [0, 1].map((device) => `11e001ff${hex(NONCE)}${`0${device}`.repeat(8)}`),
    );
    expect(reports.map(({ certificates }) => certificates.map(hex))).toEqual([["3000"], ["3000"]]);
    await expect(devices.collect(NONCE.with(0, 0xff))).rejects.toThrow("[tee.refused] device helper: the driver");
    // Standard error is another pipe than the answer's.
    await expect.poll(() => devices.diagnosis()).toBe("Not Supported\n");
    expect(await devices.collect(NONCE)).toEqual(reports);
  });

  it("says when the bindings are missing or too old", async () => {
    const old = withBindings(BINDINGS.replace("nvmlDeviceGetConfComputeGpuCertificate", "another"));
    await expect(old.collect(NONCE)).rejects.toThrow("[tee.refused] device helper: the Python package");
    const answer = execFileSync("python3", ["-I", "-S", program], {
      input: `{"nonce":"${hex(NONCE)}"}\n{"nonce":"00"}\n`,
    });
    expect(answer.toString()).toBe('{"error": "bindings"}\n{"error": "request"}\n');
  });
});

describe("an evidence list", () => {
  const entry = {
    certificate: Buffer.from("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n").toString("base64"),
    evidence: Buffer.alloc(100).toString("base64"),
    arch: "LS10",
  };
  const other = hex(NONCE.with(31, 0));

  it("may be of the largest size, but no larger", () => {
    const largest = Array(32).fill({ ...entry, evidence: Buffer.alloc(65536).toString("base64") });
    expect(deviceEvidence({ evidence_list: largest }, NONCE)).toHaveLength(32);
    expect(() => deviceEvidence([...largest, entry], NONCE)).toThrow("[tee.malformed]");
    const larger = { ...entry, evidence: Buffer.alloc(65537).toString("base64") };
    expect(() => deviceEvidence([larger], NONCE)).toThrow("[tee.malformed]");
  });

  it.each<[string, unknown, string]>([
    ["null", null, "tee.malformed"],
    ["a text", "[]", "tee.malformed"],
    ["an object without a list", { evidence: [] }, "tee.malformed"],
    ["a list in a list", [[entry]], "tee.malformed"],
    ["no arch", [{ ...entry, arch: undefined }], "tee.malformed"],
    ["an arch that is no name", [{ ...entry, arch: "hopper <b>" }], "tee.malformed"],
    ["evidence with white space", [{ ...entry, evidence: ` ${entry.evidence}` }], "tee.malformed"],
    ["evidence in base64url", [{ ...entry, evidence: "-_8=" }], "tee.malformed"],
    ["empty evidence", [{ ...entry, evidence: "" }], "tee.malformed"],
    ["a chain in DER", [{ ...entry, certificate: "MAA=" }], "tee.malformed"],
    ["a nonce of another length", { nonce: "00", evidence_list: [entry] }, "tee.malformed"],
    ["another nonce beside the list", { nonce: other, evidence_list: [entry] }, "tee.mismatch"],
    ["another nonce beside an entry", [{ ...entry, nonce: other }], "tee.mismatch"],
  ])("is refused with %s", (_name, json, code) => {
    let thrown: unknown;
    try {
      deviceEvidence(json, NONCE);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: "TeeError", code });
  });
});

describe("NVIDIA's library", () => {
  it("is found by its name in the usual folders", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "empty"));
    expect(nvidiaLibrary([join(folder, "empty"), folder])).toBeUndefined();
    writeFileSync(join(folder, "libnvidia-ml.so.1"), "");
    expect(nvidiaLibrary([join(folder, "empty"), folder])).toBe(join(folder, "libnvidia-ml.so.1"));
  });
});

describe("canned evidence", () => {
  const report = sharedFile("gpu/hopperAttestationReport.txt");
  const chain = sharedFile("gpu/hopperCertChain.txt");

  it("is the same whatever the nonce, loaded once and marked", async () => {
    let loads = 0;
    const devices = cannedDevices(async () => {
      loads++;
      return [{ architecture: "HOPPER", report: CANNED_NONCE, certificates: [] }];
    });
    expect(devices).toMatchObject({ kind: "canned", simulated: true });
    expect(await devices.collect(NONCE)).toBe(await devices.collect(new Uint8Array(32)));
    expect(loads).toBe(1);
  });

  it.skipIf(report === undefined || chain === undefined)("may be NVIDIA's samples from a file", async () => {
    const evidence = Buffer.from(
      Buffer.from(report ?? [])
        .toString()
        .trim(),
      "hex",
    );
    const path = join(temporaryFolder(), "evidence.json");
    const entry = {
      arch: "HOPPER",
      evidence: evidence.toString("base64"),
      certificate: Buffer.from(chain ?? []).toString("base64"),
    };
    writeFileSync(path, JSON.stringify({ arch: "HOPPER", evidence_list: [entry] }));
    const [device] = await evidenceFile(path);
    expect(hex(device?.report ?? new Uint8Array())).toBe(evidence.toString("hex"));
    expect(device?.certificates).toHaveLength(5);
    // Whatever it was made for, it is not the caller's nonce.
    expect(() =>
      requireNonce([device ?? { architecture: "", report: new Uint8Array(), certificates: [] }], NONCE),
    ).toThrow("[tee.mismatch]");
  });

  it("is refused from a file that is not there or holds something else", async () => {
    const path = join(temporaryFolder(), "evidence.json");
    await expect(evidenceFile(path)).rejects.toMatchObject({ code: "tee.absent" });
    writeFileSync(path, "{");
    await expect(evidenceFile(path)).rejects.toMatchObject({ code: "tee.malformed" });
    writeFileSync(path, '{"evidence_list":[{}]}');
    await expect(evidenceFile(path)).rejects.toMatchObject({ code: "tee.malformed" });
  });

  it("is an empty list where there are no devices", async () => {
    expect(noDevices()).toMatchObject({ kind: "none", simulated: false });
    expect(await noDevices().collect(NONCE)).toEqual([]);
    expect(deviceEvidence([], NONCE)).toEqual([]);
  });
});
