import { bytesToHex } from "@noble/hashes/utils.js";
import type { GpuPolicy } from "../policy/index.ts";
import { CheckFailure, type Checks } from "../verdict/index.ts";
import { type Device, everyDevice } from "./device.ts";
import { GPU_BLOCKS, SWITCH_BLOCKS } from "./device-report.ts";

/** As many as the policy asks, and each of them once: evidence of one device in two entries would count it twice. */
export async function checkCount(checks: Checks, devices: readonly Device[], { count }: GpuPolicy): Promise<void> {
  await checks.run("gpu.count", () => {
    if (count !== undefined && devices.length !== count) {
      throw new CheckFailure(
        `there are ${devices.length} devices, and the policy asks for ${count}`,
        "ask a gateway with that many, or change the policy's number",
      );
    }
    const keys = new Set(devices.map(({ leaf }) => bytesToHex(leaf.publicKey.encoded)));
    if (keys.size !== devices.length) throw new CheckFailure("two entries are evidence of one device");
    return { value: undefined, cause: `${devices.length} in number, each of them once` };
  });
}

/** What the chain says, what the evidence states and what the policy accepts agree. */
export async function checkArchitecture(checks: Checks, devices: readonly Device[], policy: GpuPolicy): Promise<void> {
  const accepted = policy.architectures;
  await checks.run("gpu.arch", async () => {
    await everyDevice(devices, ({ architecture, statedArchitecture, report }) => {
      if (architecture === undefined) throw new CheckFailure("the certificates name no architecture that is known");
      if (statedArchitecture !== architecture) {
        throw new CheckFailure(`the evidence states another architecture than the certificates (${architecture})`);
      }
      const blocks = architecture === "LS10" ? SWITCH_BLOCKS : GPU_BLOCKS;
      if (report.measurements.length !== blocks) {
        throw new CheckFailure(`the report has ${report.measurements.length} measurements, not ${blocks}`);
      }
      if (accepted !== undefined && !accepted.includes(architecture)) {
        throw new CheckFailure(`${architecture} is not an architecture the policy accepts`);
      }
    });
    return { value: undefined, cause: "every device is of the architecture that was stated" };
  });
}

/** Versions, by their exact text. Without a demand of the policy there is nothing to judge: the facts report them. */
export async function checkVersions(checks: Checks, devices: readonly Device[], policy: GpuPolicy): Promise<void> {
  const { drivers, vbios } = policy;
  if (drivers === undefined && vbios === undefined) {
    checks.skip("gpu.versions", "the policy names no versions", { required: false });
    return;
  }
  await checks.run("gpu.versions", async () => {
    await everyDevice(devices, ({ report: { opaque } }) => {
      requireListed("driver", opaque.driverVersion, drivers);
      requireListed("VBIOS", opaque.vbiosVersion, vbios);
    });
    return { value: undefined, cause: "every device has versions the policy accepts" };
  });
}

function requireListed(what: string, stated: string | undefined, accepted: readonly string[] | undefined): void {
  if (accepted === undefined) return;
  if (stated === undefined) throw new CheckFailure(`the report states no ${what} version`);
  if (accepted.includes(stated)) return;
  throw new CheckFailure(
    `the ${what} version is ${stated}, which the policy does not accept`,
    "update the device, or add the version to the policy after looking at it",
  );
}

/** The mode the policy asks for. Older reports state none, only whether PCIe is protected. */
export async function checkMode(checks: Checks, devices: readonly Device[], policy: GpuPolicy): Promise<void> {
  const wanted = policy.mode;
  if (wanted === undefined) {
    checks.skip("gpu.mode", "the policy asks for no mode", { required: false });
    return;
  }
  const silent = devices.some((device) => modeFits(device, wanted) === undefined);
  if (silent) checks.skip("gpu.mode", "a report does not state the device's mode", { remedy: "update its driver" });
  // A failure counts for more than the skip, a pass for less.
  await checks.run("gpu.mode", async () => {
    await everyDevice(devices, (device) => {
      if (modeFits(device, wanted) === false) throw new CheckFailure(`the device's mode is not ${wanted}`);
    });
    return { value: undefined, cause: `every device is in mode ${wanted}` };
  });
}

function modeFits({ report }: Device, wanted: GpuPolicy["mode"]): boolean | undefined {
  const { featureFlag, protectedPcie } = report.opaque;
  if (featureFlag !== undefined) return featureFlag === wanted;
  if (protectedPcie === undefined) return undefined;
  if (wanted === "PPCIE") return protectedPcie === "enabled";
  // Without protected PCIe it may be either of the two other modes.
  return protectedPcie === "enabled" ? false : undefined;
}
