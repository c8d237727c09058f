import { randomBytes } from "node:crypto";
import type { PlatformIdentity } from "./sgx-extension.ts";

/** Of every simulated platform; no Intel platform has it. Lower-case hex. */
export const SIMULATED_FMSPC = "5e5e00000000";

const COMPONENT_SVNS = [5, 5, 5, 5, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0] as const;

/** 16 bytes, in the PCK certificate and in the quoting enclave's report. */
export const SIMULATED_CPU_SVN = Uint8Array.from(COMPONENT_SVNS);

/** The identity of a new platform, by default with random identifiers. */
export function platformIdentity(
  ppid: Uint8Array = new Uint8Array(randomBytes(16)),
  platformInstanceId: Uint8Array = new Uint8Array(randomBytes(16)),
): PlatformIdentity {
  return {
    ppid,
    platformInstanceId,
    componentSvns: COMPONENT_SVNS,
    pceSvn: 13,
    cpuSvn: SIMULATED_CPU_SVN,
    pceId: new Uint8Array(2),
    fmspc: new Uint8Array(Buffer.from(SIMULATED_FMSPC, "hex")),
  };
}
