import type { CheckId } from "@countersign/client/verdict";
import type { DeviceOptions } from "./make-device.ts";

/** A device with one fault, and what a verifier has to say about it. */
export interface DeviceFaultRow {
  readonly name: string;
  readonly options: DeviceOptions;
  /** The check that must not pass. */
  readonly check: CheckId;
  /** Default `fail`. */
  readonly outcome?: "fail" | "skip";
}
