import { bytesToHex } from "@noble/hashes/utils.js";
import type { Fact } from "../verdict/index.ts";
import type { Device } from "./device.ts";
import { referenceIds } from "./reference-ids.ts";

/** What a device's evidence states, for people and for pinning. */
export function deviceFacts(device: Device, identify: boolean): Fact {
  const { statedArchitecture, architecture, model, report, root } = device;
  const { driverVersion, vbiosVersion, featureFlag, protectedPcie, firmwareId } = report.opaque;
  return {
    architecture: architecture ?? statedArchitecture,
    model: model !== undefined && /^[A-Za-z0-9 ._-]{1,64}$/.test(model) ? model : null,
    driver: driverVersion ?? null,
    vbios: vbiosVersion ?? null,
    mode: featureFlag ?? null,
    protectedPcie: protectedPcie ?? null,
    firmwareId: firmwareId === undefined ? null : bytesToHex(firmwareId),
    rim: referenceIds(device),
    root: { fingerprint: root.fingerprint, simulated: root.simulated },
    ...(identify ? { ueid: uniqueEntityId(device) } : {}),
  };
}

/** Serial number of the leaf in decimal, as NVIDIA's tools state it. It names one physical device. */
export function uniqueEntityId({ leaf }: Device): string {
  return BigInt(`0x${bytesToHex(leaf.serial)}`).toString();
}
