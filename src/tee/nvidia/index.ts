export { CANNED_NONCE, cannedDevices, evidenceFile, noDevices } from "./canned-devices.ts";
export { deviceEvidence } from "./device-evidence.ts";
export { type NvidiaDevices, type NvidiaOptions, nvidiaDevices, nvidiaLibrary } from "./nvidia-devices.ts";
