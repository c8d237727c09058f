import { DerError } from "../der/index.ts";
import type { Policy } from "../policy/index.ts";
import { CheckFailure } from "../verdict/index.ts";
import { type Certificate, parseCertificate } from "../x509/index.ts";
import { type Architecture, architectureOf } from "./architecture.ts";
import { type DeviceEvidence, MAX_CERTIFICATES } from "./device-evidence.ts";
import { type DeviceReport, parseDeviceReport } from "./device-report.ts";
import { judgeRoot, type RootStanding } from "./device-roots.ts";

/** Evidence of one device, read and, but for its root, not judged. */
export interface Device {
  /** Position in the list. */
  readonly index: number;
  /** As the evidence states it. */
  readonly statedArchitecture: string;
  readonly report: DeviceReport;
  readonly leaf: Certificate;
  /** Leaf first. At least one. */
  readonly chain: readonly Certificate[];
  /** What the last certificate is to the policy. */
  readonly root: RootStanding;
  /** Common name of the second certificate, for example `GH100 A01 GSP BROM`. */
  readonly model: string | undefined;
  /** What the model is; undefined for one that is not known. */
  readonly architecture: Architecture | undefined;
}

/** @throws CheckFailure or DerError */
export function parseDevice(evidence: DeviceEvidence, index: number, policy: Policy): Device {
  const { architecture, report, certificates } = evidence;
  if (certificates.length > MAX_CERTIFICATES) throw CheckFailure.malformed("the chain has too many certificates");
  const chain = certificates.map(parseCertificate);
  const [leaf, second] = chain;
  if (leaf === undefined) throw CheckFailure.malformed("there is no certificate");
  const model = second?.subject.commonName;
  return {
    index,
    statedArchitecture: architecture,
    report: parseDeviceReport(report),
    leaf,
    chain,
    root: judgeRoot(chain.at(-1) ?? leaf, policy),
    model,
    architecture: model === undefined ? undefined : architectureOf(model),
  };
}

/**
 * Makes one step of a check for every device, in order. A failure says which device it was, by its position: what
 * would identify the device itself stays out of verdicts.
 */
export async function everyDevice<T extends { readonly index: number }>(
  devices: readonly T[],
  step: (device: T) => void | Promise<void>,
): Promise<void> {
  for (const device of devices) {
    try {
      await step(device);
    } catch (thrown) {
      const malformed = thrown instanceof DerError || (thrown instanceof CheckFailure && thrown.malformed);
      if (!malformed && !(thrown instanceof CheckFailure)) throw thrown;
      const remedy = thrown instanceof CheckFailure ? thrown.remedy : undefined;
      throw new CheckFailure(`device ${device.index}: ${thrown.message}`, remedy, { malformed });
    }
  }
}
