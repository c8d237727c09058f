import { hash } from "node:crypto";

/** One measurement of a report (SPDM 1.1, measurement block). */
export interface MeasurementBlock {
  /** From 1. */
  readonly index: number;
  /** 1: DMTF's format. */
  readonly specification: number;
  /** Size of what follows the block's own header. Bytes. */
  readonly size: number;
  /** 1: hash of firmware, which NVIDIA uses throughout. */
  readonly valueType: number;
  /** Bytes. */
  readonly valueSize: number;
  /** SHA-384. */
  readonly value: Uint8Array;
}

const HASH_BYTES = 48;
const BLOCKS = 64;

/** The measurements of the simulated GPU. Nothing was measured: no reference values have them. */
export const SIMULATED_MEASUREMENTS: readonly MeasurementBlock[] = Array.from({ length: BLOCKS }, (_, position) => {
  const index = position + 1;
  const seed = Buffer.concat([Buffer.from("countersign.simulated.gpu.measurement.v1"), Uint8Array.of(index)]);
  return {
    index,
    specification: 1,
    size: HASH_BYTES + 3,
    valueType: 1,
    valueSize: HASH_BYTES,
    value: new Uint8Array(hash("sha384", seed, "buffer")),
  };
});

export function encodeMeasurementBlock(block: MeasurementBlock): Uint8Array {
  const { index, specification, size, valueType, valueSize, value } = block;
  const header = Buffer.alloc(7);
  header.writeUInt8(index, 0);
  header.writeUInt8(specification, 1);
  header.writeUInt16LE(size, 2);
  header.writeUInt8(valueType, 4);
  header.writeUInt16LE(valueSize, 5);
  return new Uint8Array(Buffer.concat([header, value]));
}
