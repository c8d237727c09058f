import {
  type Architecture,
  architectureOf,
  type DeviceEvidence,
  type DeviceResult,
  verifyDevices,
} from "../gpu/index.ts";
import type { Policy } from "../policy/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure, Checks } from "../verdict/index.ts";
import { PemError, parseCertificate, parsePemCertificates } from "../x509/index.ts";
import { decodeGpuEnvelope, type GpuEnvelope } from "./gpu-envelope.ts";
import { acceptedGpuNonces } from "./minute.ts";

/** Most certificates of one device. */
const MAX_CERTIFICATES = 8;
/** The driver's number for confidential computing switched on. */
const CC_ON = 1;

/**
 * Verifies the GPU evidence a leaf carries, whole: the device's own proof, the day its nonce stands for, and that
 * confidential computing is on and developer mode off.
 *
 * @param envelope the extension's value, attacker-controlled; undefined if there is none
 * @param now Unix seconds
 */
export async function verifyLeafDevices(
  envelope: Uint8Array | undefined,
  policy: Policy,
  now: number,
): Promise<DeviceResult> {
  if (envelope === undefined) return verifyDevices({ devices: [], nonce: undefined, now, policy });
  const checks = new Checks();
  const read = await checks.run("gpu.format", () => {
    const value = decodeGpuEnvelope(envelope);
    return { value: { value, device: deviceOf(value) }, cause: "the envelope is well-formed, to the last byte" };
  });
  if (read === undefined) {
    for (const id of ["gpu.chain", "gpu.signature", "gpu.nonce"] as const) {
      checks.skip(id, "the GPU evidence cannot be read");
    }
    return { checks, simulated: false, facts: { devices: [] } };
  }
  const { value, device } = read;
  const nonces = acceptedGpuNonces(now);
  const result = await verifyDevices({
    devices: [device],
    nonce: nonces.find((nonce) => equalBytes(nonce, value.nonce)) ?? nonces[0],
    statedNonces: [value.nonce],
    now,
    policy,
  });
  checks.include(result.checks);
  judgeMode(checks, value);
  return { ...result, checks };
}

function deviceOf({ report, certificates }: GpuEnvelope): DeviceEvidence {
  try {
    const chain = parsePemCertificates(certificates, MAX_CERTIFICATES);
    return { architecture: architectureIn(chain) ?? "unknown", report, certificates: chain };
  } catch (error) {
    if (error instanceof PemError) throw CheckFailure.malformed("the GPU's certificate chain is not PEM");
    throw error;
  }
}

/** The envelope states no architecture; the device's second certificate does. */
function architectureIn([, second]: readonly Uint8Array[]): Architecture | undefined {
  const name = second === undefined ? undefined : parseCertificate(second).subject.commonName;
  return name === undefined ? undefined : architectureOf(name);
}

function judgeMode(checks: Checks, { ccFeature, devTools }: GpuEnvelope): void {
  const remedy = "switch confidential computing on and developer mode off, then restart the GPU";
  if (ccFeature !== CC_ON) checks.fail("gpu.mode", "confidential computing is not on", remedy);
  if (devTools !== 0) checks.fail("gpu.mode", "the GPU is in developer mode", remedy);
}
