import type { BootRecord } from "../event-log/index.ts";
import type { AppKeys, SimulatedKms } from "../kms/index.ts";

/** Makes a quote of the simulated platform: 64 bytes of report data, 48 each of RTMR3 and MRCONFIGID. */
export type QuoteMaker = (input: {
  readonly reportData: Uint8Array;
  readonly rtmr3: Uint8Array;
  readonly mrConfigId: Uint8Array;
}) => Uint8Array;

/** The machine the agent runs in. */
export interface Machine {
  readonly boot: BootRecord;
  readonly kms: SimulatedKms;
  /** Keys of the app that was booted. */
  readonly keys: AppKeys;
  /** JSON text that describes the virtual machine. */
  readonly vmConfig: string;
  /** @param reportData 64 bytes */
  quote(reportData: Uint8Array): Uint8Array;
}

export function machine(boot: BootRecord, kms: SimulatedKms, quoteMaker: QuoteMaker, gpus: number): Machine {
  const vmConfig = {
    spec_version: 1,
    os_image_hash: hex(boot.osImageHash),
    cpu_count: 4,
    memory_size: 8 * 1024 ** 3,
    qemu_version: "simulated",
    pci_hole64_size: 0,
    hugepages: false,
    num_gpus: gpus,
    num_nvswitches: 0,
    hotplug_off: true,
    image: "countersign-simulated",
  };
  return {
    boot,
    kms,
    keys: kms.app(boot.compose.appId),
    vmConfig: JSON.stringify(vmConfig),
    quote: (reportData) => quoteMaker({ reportData, rtmr3: boot.rtmr3, mrConfigId: boot.mrConfigId }),
  };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
