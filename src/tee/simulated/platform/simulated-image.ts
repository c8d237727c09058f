import { hash } from "node:crypto";

/** Stands as the organisation in every certificate of the platform, so that whoever shows one shows this. */
export const SIMULATED_ORGANIZATION = "SIMULATED TEE - DEVELOPMENT ONLY";

/** Registers of the simulated machine image, 48 bytes each in lower-case hex: what a policy for it pins. */
export const SIMULATED_IMAGE = {
  mrtd: measurement("mrtd"),
  rtmr0: measurement("rtmr0"),
  rtmr1: measurement("rtmr1"),
  rtmr2: measurement("rtmr2"),
  mrseam: measurement("mrseam"),
} as const;

/** Nothing was measured: the values are hashes of their own names, so no genuine image can have them. */
function measurement(register: string): string {
  return hash("sha384", `countersign.simulated.${register}.v1`, "hex");
}
