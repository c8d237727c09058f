import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure } from "../verdict/index.ts";
import { equalUnderMask, isZero } from "./masked.ts";
import type { ModuleSigner, TcbInfo } from "./tcb-info.ts";
import { matchIsvLevel, type TcbAssessment } from "./tcb-level.ts";
import type { TdReport } from "./td-report.ts";

/** The TDX module a trust domain was launched under. */
export interface TdxModule {
  /** Major version. Byte 1 of tee_tcb_svn. */
  readonly version: number;
  /** Minor SVN. Byte 0 of tee_tcb_svn. */
  readonly svn: number;
  /** The level it reaches; undefined for version 0, which has no levels of its own. */
  readonly level: TcbAssessment | undefined;
}

/**
 * Matches a module against the collateral by its SVNs.
 *
 * @param teeTcbSvn 16 bytes
 * @throws CheckFailure if the collateral does not describe the version, or the SVN is below all it describes
 */
export function matchModule(
  teeTcbSvn: Uint8Array,
  tcbInfo: TcbInfo,
): { readonly module: TdxModule; readonly signer: ModuleSigner } {
  const [svn = 0, version = 0] = teeTcbSvn;
  if (version === 0) return { module: { version, svn, level: undefined }, signer: tcbInfo.module };
  const id = `TDX_${version.toString(16).padStart(2, "0").toUpperCase()}`;
  const identities = tcbInfo.moduleIdentities.filter((identity) => identity.id === id);
  const [identity] = identities;
  if (identity === undefined) {
    throw new CheckFailure(`the collateral does not describe TDX modules of version ${version}`, REMEDY);
  }
  if (identities.length > 1) throw new CheckFailure(`the collateral describes TDX modules of version ${version} twice`);
  const level = matchIsvLevel(identity.levels, svn);
  if (level === undefined) {
    throw new CheckFailure(`the TDX module's SVN ${svn} is below every level of the collateral`, REMEDY);
  }
  return { module: { version, svn, level }, signer: identity };
}

/**
 * Holds signer and attributes of a module to those the collateral names for its version.
 *
 * @throws CheckFailure
 */
export function requireModuleSigner(body: TdReport, signer: ModuleSigner): void {
  if (!equalBytes(body.mrsignerseam, signer.mrsigner)) {
    throw new CheckFailure("the TDX module has another signer than the collateral names");
  }
  if (!equalUnderMask(body.seamattributes, signer.attributesMask, signer.attributes)) {
    throw new CheckFailure("the TDX module has other attributes than the collateral names");
  }
  // Intel's library demands zero whatever the mask says.
  if (!isZero(body.seamattributes)) throw new CheckFailure("the TDX module's attributes are not zero");
}

const REMEDY = "update the platform's TDX module, or fetch current collateral";
