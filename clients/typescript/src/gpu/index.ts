/**
 * Verifies evidence of NVIDIA GPUs and NVSwitches. What it does not say without reference documents: that the
 * measurements are good. What it never says: that the device sits in the machine that sent the evidence; that rests on
 * the nonce, and on the measured code that asked the device.
 */
export { type Architecture, architectureOf } from "./architecture.ts";
export { type DeviceEvidence, MAX_DEVICES, MAX_REPORT_BYTES } from "./device-evidence.ts";
export { type DeviceReport, parseDeviceReport } from "./device-report.ts";
export { NVIDIA_DEVICE_ROOT } from "./device-roots.ts";
export { type EvidenceList, parseEvidenceList } from "./evidence-list.ts";
export { parseKeySet, type ServiceTokens, type TokenRules, verifyToken } from "./nras/index.ts";
export { type OcspQuestion, type OcspResponse, parseOcspResponse, verifyOcspResponse } from "./ocsp/index.ts";
export type { FeatureFlag, OpaqueData } from "./opaque-data.ts";
export type { ReferenceValues, RimComponent, RimDocument, RimVerifier } from "./reference-values.ts";
export { type DeviceDocuments, type DeviceInput, type DeviceResult, verifyDevices } from "./verify-devices.ts";
