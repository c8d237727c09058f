import { equalBytes } from "../../transcript/equal-bytes.ts";
import { CheckFailure, type Proven } from "../../verdict/index.ts";
import type { EnclaveIdentity } from "../enclave-identity.ts";
import type { EnclaveReport } from "../enclave-report.ts";
import { equalUnderMask } from "../masked.ts";
import { type IsvLevel, matchIsvLevel } from "../tcb-level.ts";

/**
 * The quoting enclave is the one Intel describes.
 *
 * @returns the level its SVN reaches
 */
export function judgeQeIdentity(report: EnclaveReport, identity: EnclaveIdentity): Proven<IsvLevel> {
  if (!equalBytes(report.mrsigner, identity.mrsigner)) throw differs("signer");
  if (report.isvprodid !== identity.isvprodid) throw differs("product id");
  if (!equalUnderMask(report.miscselect, identity.miscselectMask, identity.miscselect)) throw differs("MISCSELECT");
  if (!equalUnderMask(report.attributes, identity.attributesMask, identity.attributes)) throw differs("attributes");
  const level = matchIsvLevel(identity.levels, report.isvsvn);
  if (level === undefined) {
    throw new CheckFailure(
      `the quoting enclave's SVN ${report.isvsvn} is below every level of the collateral`,
      "update the platform's quoting enclave",
    );
  }
  return { value: level, cause: `SVN ${report.isvsvn} is ${level.status}` };
}

const differs = (what: string): CheckFailure =>
  new CheckFailure(`the quoting enclave has another ${what} than the collateral names`);
