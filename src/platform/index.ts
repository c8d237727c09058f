export { type OpenedPlatform, openPlatform, type PlatformConfig } from "./open-platform.ts";
export type { Platform } from "./platform.ts";
export { verifyOwnEvidence } from "./verify-own-evidence.ts";
