import type { KeyObject } from "node:crypto";
import { firmwareIdExtension, SIMULATED_FIRMWARE_ID } from "./firmware-id.ts";
import { type CertifiedGpuKey, certifiedGpuKey, type GpuCertificateProfile, publicKeyInfo } from "./gpu-certificate.ts";

/** What one GPU signs with and shows. */
export interface GpuIdentity {
  /** Key of the leaf: signs reports. Private, P-384. */
  readonly attestationKey: KeyObject;
  /** Leaf and boot ROM: the certificates that are the GPU's own. DER. */
  readonly certificates: readonly [leaf: Uint8Array, bootRom: Uint8Array];
}

/** Deviations from a GPU's own certificates. */
export interface GpuIdentityChanges {
  readonly leaf?: Partial<GpuCertificateProfile>;
  readonly bootRom?: Partial<GpuCertificateProfile>;
  /** What the leaf names as its firmware. 48 bytes. Default SIMULATED_FIRMWARE_ID; null: nothing. */
  readonly firmwareId?: Uint8Array | null;
}

/** A new GPU under a provisioner. */
export function createGpuIdentity(provisioner: CertifiedGpuKey, changes: GpuIdentityChanges = {}): GpuIdentity {
  const { firmwareId = SIMULATED_FIRMWARE_ID } = changes;
  const bootRom = certifiedGpuKey(
    { commonName: "GH100 A01 GSP BROM", authority: { pathLength: 0 }, ...changes.bootRom },
    provisioner,
  );
  const leaf = certifiedGpuKey(
    {
      commonName: "GH100 A01 GSP FMC LF",
      authority: undefined,
      furtherExtensions:
        firmwareId === null ? [] : [firmwareIdExtension(publicKeyInfo(bootRom.privateKey), firmwareId)],
      ...changes.leaf,
    },
    bootRom,
  );
  return { attestationKey: leaf.privateKey, certificates: [leaf.certificate, bootRom.certificate] };
}
