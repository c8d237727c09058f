import { bytesToHex } from "@noble/hashes/utils.js";
import type { ImageMeasurements, MeasurementName, Policy } from "../../policy/index.ts";
import { CheckFailure, type Checks } from "../../verdict/index.ts";
import type { Proof, Prove } from "../proof.ts";
import type { TdReport } from "../td-report.ts";

const NAMES: readonly MeasurementName[] = [
  "mrtd",
  "rtmr0",
  "rtmr1",
  "rtmr2",
  "rtmr3",
  "mrseam",
  "mrconfigid",
  "mrowner",
  "mrownerconfig",
];

const NOT_PINNED = { required: false };
const REMEDY = "compare the reported value with a build you trust before you add it to the policy";

/** Every measurement the policy pins has a value it accepts; the others are skipped. */
export async function judgeMeasurements(
  checks: Checks,
  prove: Prove,
  body: Proof<TdReport>,
  policy: Policy,
): Promise<void> {
  const { values, images } = policy.measurements;
  for (const name of NAMES) {
    const accepted = values[name];
    if (accepted === undefined) {
      checks.skip(`measurement.${name}`, "the policy does not pin it", NOT_PINNED);
      continue;
    }
    await prove(`measurement.${name}`, { body }, ({ body: report }) => {
      if (!accepted.includes(bytesToHex(report[name]))) {
        throw new CheckFailure(`${name} is not a value the policy names`, REMEDY);
      }
      return { value: true, cause: "a value the policy names" };
    });
  }
  if (images === undefined) {
    checks.skip("measurement.image", "the policy names no images", NOT_PINNED);
    return;
  }
  await prove("measurement.image", { body }, ({ body: report }) => {
    const image = images.find((row) => isImage(report, row));
    if (image === undefined) throw new CheckFailure("MRTD and RTMR0 to RTMR2 are no image the policy names", REMEDY);
    return { value: true, cause: `the image the policy names ${image.name}` };
  });
}

/** Registers count as a whole row, so that those of two accepted images never mix. */
function isImage(report: TdReport, row: ImageMeasurements): boolean {
  const names = ["mrtd", "rtmr0", "rtmr1", "rtmr2"] as const;
  return names.every((name) => bytesToHex(report[name]) === row[name]);
}
