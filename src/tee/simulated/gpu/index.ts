/**
 * NVIDIA GPUs in software: certificates, measurements and signatures in the genuine form, under a root of their own
 * that has nothing to do with the simulated platform's. They protect nothing, and every certificate says so.
 */
export { firmwareIdExtension, SIMULATED_FIRMWARE_ID } from "./firmware-id.ts";
export { createGpuAuthority, type GpuAuthority, type GpuAuthorityChanges } from "./gpu-authority.ts";
export {
  type CertifiedGpuKey,
  certifiedGpuKey,
  type GpuCertificateProfile,
  publicKeyInfo,
  SIMULATED_GPU_ORGANIZATION,
} from "./gpu-certificate.ts";
export { createGpuIdentity, type GpuIdentity, type GpuIdentityChanges } from "./gpu-identity.ts";
export { type MeasurementBlock, SIMULATED_MEASUREMENTS } from "./measurement-block.ts";
export { OPAQUE_TYPE, type OpaqueItem, SIMULATED_OPAQUE_DATA } from "./opaque-data.ts";
export { type SimulatedDevicesOptions, simulatedDevices } from "./simulated-devices.ts";
export { openSimulatedGpus, type SimulatedGpus } from "./simulated-gpus.ts";
export { buildReport, type ReportParts, type SpdmHeader } from "./spdm-report.ts";
