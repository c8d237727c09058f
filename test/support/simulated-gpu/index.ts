/**
 * Device evidence for tests of a verifier: correct ones, and ones with a single fault around which every signature is
 * good, so that nothing but the check in question can refuse.
 *
 *     const { device, rootCertificate, nonce } = makeDevice();                                  // accepted
 *     makeDevice({ report: { nonce: other }, identity: { firmwareId: null } });                 // composable
 *     for (const { name, options, check, outcome = "fail" } of DEVICE_FAULTS) ...               // the tables
 */
import { DEVICE_CHAIN_FAULTS } from "./chain-faults.ts";
import type { DeviceFaultRow } from "./fault-row.ts";
import { REPORT_FAULTS } from "./report-faults.ts";

export type { DeviceFaultRow } from "./fault-row.ts";
export { type DeviceOptions, type MadeDevice, makeDevice } from "./make-device.ts";

/** One row per fault, with the check that must not pass. */
export const DEVICE_FAULTS: readonly DeviceFaultRow[] = [...REPORT_FAULTS, ...DEVICE_CHAIN_FAULTS];
