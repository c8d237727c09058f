import { CheckFailure, type Proven } from "../../verdict/index.ts";
import { flags, type TdReport } from "../td-report.ts";

const bit = (position: number): bigint => 1n << BigInt(position);

/** Bits 0 to 7: the domain can be looked into. Bit 0, DEBUG, has a check of its own. */
const UNDER_DEBUG = 0xfen;
const SEPT_VE_DISABLE = bit(28);
/** PKS, KL and PERFMON: features of the guest that open nothing to the host. */
const HARMLESS = bit(30) | bit(31) | bit(63);
/** What may be set, DEBUG included. Bit 29 is reserved, or "migratable" in newer documents. */
const KNOWN = bit(0) | SEPT_VE_DISABLE | HARMLESS;

/** x87 and SSE state are always on in a trust domain. */
const XFAM_FIXED = 0x3n;
/** What the TDX architecture knows of. */
const XFAM_KNOWN = 0x0006_dbe7n;

/** TDATTRIBUTES and XFAM of the trust domain keep the rules of a production domain. */
export function judgeAttributes(body: TdReport): Proven<true> {
  const attributes = flags(body.tdattributes);
  if ((attributes & UNDER_DEBUG) !== 0n) throw new CheckFailure("the trust domain is under debug or profiling", REMEDY);
  if ((attributes & SEPT_VE_DISABLE) === 0n) {
    throw new CheckFailure("SEPT_VE_DISABLE is clear: the host can inject exceptions by unmapping memory", REMEDY);
  }
  if ((attributes & ~KNOWN) !== 0n) throw new CheckFailure("a reserved bit of TDATTRIBUTES is set", REMEDY);
  const xfam = flags(body.xfam);
  if ((xfam & XFAM_FIXED) !== XFAM_FIXED) throw new CheckFailure("XFAM lacks x87 or SSE state", REMEDY);
  if ((xfam & ~XFAM_KNOWN) !== 0n) throw new CheckFailure("XFAM has a feature this verifier does not know", REMEDY);
  return { value: true, cause: "TDATTRIBUTES and XFAM are those of a production trust domain" };
}

const REMEDY = "launch the trust domain with production attributes";
