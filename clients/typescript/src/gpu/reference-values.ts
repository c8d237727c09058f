import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure } from "../verdict/index.ts";
import type { Certificate } from "../x509/index.ts";
import type { DeviceReport } from "./device-report.ts";

/** What a reference document describes. */
export type RimComponent = "driver" | "vbios";

/** A reference integrity manifest, as NVIDIA's service gives it out, decoded from base64. */
export interface RimDocument {
  readonly component: RimComponent;
  /** XML in UTF-8. */
  readonly document: Uint8Array;
}

/** The proven content of a reference document. */
export interface ReferenceValues {
  /** Version it describes, exact text. */
  readonly version: string;
  /** Accepted values by index, counted from 0. Active indexes only; at least one. */
  readonly values: ReadonlyMap<number, readonly Uint8Array[]>;
  /** Chain of its signer, leaf first, root last, verified. */
  readonly signerChain: readonly Certificate[];
  /** Whether the signer's certificate has expired since, and the caller accepts that. */
  readonly signerExpired: boolean;
}

/** Reads and verifies reference documents. `@countersign/client/gpu-rim` makes one; it is apart because it needs XML. */
export interface RimVerifier {
  /**
   * @param document attacker-controlled
   * @param now Unix seconds
   * @throws CheckFailure
   */
  verify(document: Uint8Array, now: number): Promise<ReferenceValues>;
}

/** Index that counts only while the video decoder 0 is on. */
const NVDEC0_INDEX = 35;
const NVDEC0_ENABLED = 0xaa;
const NVDEC0_DISABLED = 0x55;

/**
 * Holds a report's measurements against reference values: at every active index the measurement is one of the
 * alternatives.
 *
 * @throws CheckFailure naming the indexes that differ
 */
export function compareMeasurements({ measurements, opaque }: DeviceReport, reference: ReferenceValues): void {
  const { nvdec0 } = opaque;
  if (nvdec0 !== undefined && nvdec0 !== NVDEC0_ENABLED && nvdec0 !== NVDEC0_DISABLED) {
    throw new CheckFailure("the report states an unknown status of NVDEC0");
  }
  const different: number[] = [];
  for (const [index, alternatives] of reference.values) {
    // A report that says nothing of the decoder is compared as if it were on.
    if (index === NVDEC0_INDEX && nvdec0 === NVDEC0_DISABLED) continue;
    const measured = measurements[index];
    const known = measured !== undefined && alternatives.some((value) => equalBytes(value, measured));
    if (!known) different.push(index);
  }
  if (different.length > 0) {
    throw new CheckFailure(
      `measurements differ from the reference values of ${reference.version} at index ${different.join(", ")}`,
      "the device runs firmware or a mode NVIDIA publishes no values for, or development tools are on",
    );
  }
}

/** @throws CheckFailure if two documents claim one index: neither says then which of them counts */
export function requireSeparateIndexes(one: ReferenceValues, other: ReferenceValues): void {
  const shared = [...one.values.keys()].filter((index) => other.values.has(index));
  if (shared.length > 0) {
    throw new CheckFailure(`the driver's and the VBIOS document both claim index ${shared.join(", ")}`);
  }
}
