import { SIMULATED_FIRMWARE_ID } from "./firmware-id.ts";

/** One item of a report's opaque data: type, length, value. */
export interface OpaqueItem {
  readonly type: number;
  readonly value: Uint8Array;
}

/** Types of NVIDIA's opaque data that the simulated GPU fills in. */
export const OPAQUE_TYPE = {
  driverVersion: 3,
  vbiosVersion: 6,
  nvdec0Status: 11,
  measurementCounters: 12,
  chipSku: 15,
  project: 17,
  projectSku: 18,
  firmwareId: 20,
  protectedPcieStatus: 21,
} as const;

const ENABLED = 0xaa;
const DISABLED = 0x55;

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(`${value}\0`, "latin1"));

/** What the simulated GPU says of itself: versions and part numbers that no genuine one has. */
export const SIMULATED_OPAQUE_DATA: readonly OpaqueItem[] = [
  { type: OPAQUE_TYPE.driverVersion, value: text("0.0.0") },
  { type: OPAQUE_TYPE.vbiosVersion, value: new Uint8Array(8) },
  { type: OPAQUE_TYPE.nvdec0Status, value: Uint8Array.of(ENABLED) },
  { type: OPAQUE_TYPE.measurementCounters, value: new Uint8Array(256) },
  { type: OPAQUE_TYPE.chipSku, value: text("SIM") },
  { type: OPAQUE_TYPE.project, value: text("SIM0") },
  { type: OPAQUE_TYPE.projectSku, value: text("0000") },
  { type: OPAQUE_TYPE.firmwareId, value: SIMULATED_FIRMWARE_ID },
  { type: OPAQUE_TYPE.protectedPcieStatus, value: Uint8Array.of(DISABLED) },
];

export function encodeOpaqueData(items: readonly OpaqueItem[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      items.map(({ type, value }) => {
        const header = Buffer.alloc(4);
        header.writeUInt16LE(type, 0);
        header.writeUInt16LE(value.length, 2);
        return Buffer.concat([header, value]);
      }),
    ),
  );
}
