import type { Policy } from "../policy/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure, type CheckId, Checks, type Fact } from "../verdict/index.ts";
import { type Device, everyDevice, parseDevice } from "./device.ts";
import { verifyDeviceChain, verifyReportSignature } from "./device-chain.ts";
import { type DeviceEvidence, MAX_DEVICES } from "./device-evidence.ts";
import { deviceFacts } from "./device-facts.ts";
import { checkSimulation } from "./device-roots.ts";
import { verifyFirmwareId } from "./firmware-id.ts";
import { checkServiceTokens, type ServiceTokens } from "./nras/index.ts";
import { checkRevocation } from "./ocsp/index.ts";
import { checkArchitecture, checkCount, checkMode, checkVersions } from "./policy-checks.ts";
import { checkReferences } from "./reference-checks.ts";
import type { RimDocument, RimVerifier } from "./reference-values.ts";

/** What vouches for devices beside their own evidence. Every part is optional, and what is absent is not checked. */
export interface DeviceDocuments {
  /** Reference documents. They need a {@link DeviceInput.rimVerifier}. */
  readonly rim?: readonly RimDocument[];
  /** OCSP responses in DER, one for each certificate but leaf and root of every chain. */
  readonly ocsp?: readonly Uint8Array[];
  /** Tokens of NVIDIA's attestation service. */
  readonly nras?: ServiceTokens | undefined;
}

/** Everything a judgement of devices rests on. */
export interface DeviceInput {
  /** Attacker-controlled. Empty for a deployment without devices. */
  readonly devices: readonly DeviceEvidence[];
  /** The nonce every report must be made for, 32 bytes. Undefined: the check is skipped, which is failure. */
  readonly nonce: Uint8Array | undefined;
  /** Nonces stated beside the reports, which must not contradict it. Default none. */
  readonly statedNonces?: readonly Uint8Array[];
  /** Moment of judgement. Unix seconds. */
  readonly now: number;
  readonly policy: Policy;
  readonly documents?: DeviceDocuments | undefined;
  /**
   * Reads reference documents, by the policy's `gpu.rimSignerExpiredAccepted` if its maker follows it. Without it,
   * documents that are given make their checks fail.
   */
  readonly rimVerifier?: RimVerifier | undefined;
  /** Whether facts name each physical device by its serial number. It identifies one machine. Default false. */
  readonly identifyDevices?: boolean;
}

export interface DeviceResult {
  /** Each `gpu.*` check but `gpu.bound`, and `simulation` if there is a device. */
  readonly checks: Checks;
  /** Whether a device is simulated, allowed or not. */
  readonly simulated: boolean;
  readonly facts: { readonly [name: string]: Fact };
}

/** What {@link verifyDevices} records, in its order. */
const OWN_CHECKS = [
  "gpu.format",
  "gpu.count",
  "gpu.chain",
  "gpu.signature",
  "gpu.nonce",
  "gpu.fwid",
  "gpu.arch",
  "gpu.versions",
  "gpu.mode",
  "gpu.rim.driver",
  "gpu.rim.vbios",
  "gpu.ocsp",
  "gpu.nras",
] as const satisfies readonly CheckId[];

/**
 * Verifies evidence of NVIDIA GPUs and switches: chain, signature, nonce and firmware identity of each, and, where
 * documents are given, reference values, revocation and the service's opinion. Each is a claim of its own; none stands
 * for another. Never rejects: what goes wrong is in the checks.
 */
export async function verifyDevices(input: DeviceInput): Promise<DeviceResult> {
  const { nonce, statedNonces = [], now, policy, documents = {}, identifyDevices = false } = input;
  const checks = new Checks();
  if (input.devices.length === 0) {
    recordNoDevices(checks, policy);
    return { checks, simulated: false, facts: { devices: [] } };
  }
  const devices = await parseDevices(checks, input.devices, policy);
  if (devices === undefined) {
    for (const id of OWN_CHECKS.slice(1)) checks.skip(id, "the devices' evidence cannot be read");
    return { checks, simulated: false, facts: { devices: [] } };
  }
  await checkCount(checks, devices, policy.gpu);
  await checks.run("gpu.chain", async () => {
    await everyDevice(devices, (device) => verifyDeviceChain(device, now));
    return { value: undefined, cause: "every device's certificate chain ends in a trusted root" };
  });
  const simulated = checkSimulation(
    checks,
    devices.map(({ root }) => root),
    policy,
  );
  await checks.run("gpu.signature", async () => {
    await everyDevice(devices, verifyReportSignature);
    return { value: undefined, cause: "every device's leaf key signed its report" };
  });
  await checkNonce(checks, devices, nonce, statedNonces);
  await checkFirmware(checks, devices);
  await checkArchitecture(checks, devices, policy.gpu);
  await checkVersions(checks, devices, policy.gpu);
  await checkMode(checks, devices, policy.gpu);
  const { rim = [], ocsp = [], nras } = documents;
  const references = await checkReferences(checks, { devices, documents: rim, verifier: input.rimVerifier, now });
  await checkRevocation(checks, { devices, references, responses: ocsp, policy, now });
  await checkServiceTokens(checks, { devices, nonce, tokens: nras, policy, now });
  return { checks, simulated, facts: { devices: devices.map((device) => deviceFacts(device, identifyDevices)) } };
}

function recordNoDevices(checks: Checks, { gpu }: Policy): void {
  const wanted = gpu.count !== undefined && gpu.count > 0;
  if (wanted) {
    checks.fail(
      "gpu.count",
      `there is no device, and the policy asks for ${gpu.count}`,
      "ask a gateway that has devices, or change the policy's number",
    );
  }
  for (const id of OWN_CHECKS) {
    if (id !== "gpu.count" || !wanted) checks.skip(id, "there are no devices", { required: false });
  }
}

async function parseDevices(
  checks: Checks,
  evidence: readonly DeviceEvidence[],
  policy: Policy,
): Promise<readonly Device[] | undefined> {
  return checks.run("gpu.format", async () => {
    if (evidence.length > MAX_DEVICES) throw CheckFailure.malformed(`more than ${MAX_DEVICES} devices`);
    const devices: Device[] = [];
    await everyDevice(
      evidence.map((item, index) => ({ item, index })),
      ({ item, index }) => {
        devices.push(parseDevice(item, index, policy));
      },
    );
    return { value: devices, cause: "every report and certificate is well-formed, to the last byte" };
  });
}

async function checkNonce(
  checks: Checks,
  devices: readonly Device[],
  nonce: Uint8Array | undefined,
  statedNonces: readonly Uint8Array[],
): Promise<void> {
  if (nonce === undefined) {
    checks.skip("gpu.nonce", "no nonce is given that the reports should be made for", {
      remedy: "send a fresh nonce, and verify with it",
    });
    return;
  }
  await checks.run("gpu.nonce", async () => {
    if (nonce.length !== 32) throw new CheckFailure("the expected nonce is not 32 bytes");
    await everyDevice(devices, ({ report }) => {
      if (!equalBytes(report.nonce, nonce)) {
        throw new CheckFailure(
          "the report was made for another nonce",
          "ask for evidence anew, with a nonce of your own",
        );
      }
    });
    if (!statedNonces.every((stated) => equalBytes(stated, nonce))) {
      throw new CheckFailure("the evidence states another nonce than its reports are made for");
    }
    return { value: undefined, cause: "every report was made for the expected nonce" };
  });
}

async function checkFirmware(checks: Checks, devices: readonly Device[]): Promise<void> {
  // NVSwitches state no firmware id; their chain says that they are switches.
  const bound = devices.filter(({ architecture }) => architecture !== "LS10");
  if (bound.some(({ report }) => report.opaque.firmwareId === undefined)) {
    checks.skip("gpu.fwid", "a report does not state its device's firmware id", {
      remedy: "update the device's firmware, or waive this check in the policy",
    });
  }
  // A failure counts for more than the skip, a pass for less.
  await checks.run("gpu.fwid", async () => {
    await everyDevice(devices, (device) => {
      const { firmwareId } = device.report.opaque;
      if (firmwareId !== undefined) verifyFirmwareId(device, firmwareId);
    });
    return { value: undefined, cause: "every device runs the firmware its certificate names" };
  });
}
