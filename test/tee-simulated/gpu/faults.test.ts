import { verifyDevices } from "@countersign/client/gpu";
import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import type { Check, CheckId } from "@countersign/client/verdict";
import { describe, expect, it } from "vitest";
import { DEVICE_FAULTS, type MadeDevice, makeDevice } from "../../support/simulated-gpu/index.ts";

const NOW = 1_800_000_000;

function trusting({ rootCertificate, rootFingerprint }: MadeDevice): Policy {
  const root = { kind: "gpu", fingerprint: rootFingerprint, certificate: rootCertificate, simulated: true } as const;
  return { ...DEFAULT_POLICY, roots: [root], allowSimulated: true };
}

async function judge(made: MadeDevice, policy: Policy = trusting(made)): Promise<ReadonlyMap<CheckId, Check>> {
  const { checks } = await verifyDevices({ devices: [made.device], nonce: made.nonce, now: NOW, policy });
  return new Map(checks.list.map((check) => [check.id, check]));
}

const REQUIRED: readonly CheckId[] = [
  "gpu.format",
  "gpu.count",
  "gpu.chain",
  "gpu.signature",
  "gpu.nonce",
  "gpu.fwid",
  "gpu.arch",
  "simulation",
];

describe("a simulated GPU under the production verifier", () => {
  it("passes every required check when its root is named and simulation is allowed", async () => {
    const checks = await judge(makeDevice());
    for (const id of REQUIRED) expect(checks.get(id), id).toMatchObject({ outcome: "pass" });
  });

  it("fails under NVIDIA's root alone", async () => {
    const checks = await judge(makeDevice(), DEFAULT_POLICY);
    expect(checks.get("gpu.chain")?.outcome).toBe("fail");
    expect(checks.get("simulation")?.outcome).toBe("fail");
  });

  it.each(DEVICE_FAULTS)("$check does not pass: $name", async ({ options, check, outcome = "fail" }) => {
    const checks = await judge(makeDevice(options));
    expect(checks.get(check)?.outcome).toBe(outcome);
    // A fault in one place leaves the other links intact, where they can be judged at all.
    if (check !== "gpu.format") expect(checks.get("gpu.format")?.outcome).toBe("pass");
    if (check === "gpu.chain" || check === "gpu.fwid") expect(checks.get("gpu.nonce")?.outcome).toBe("pass");
  });
});
