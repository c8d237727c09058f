import { CheckFailure } from "../verdict/index.ts";
import type { ByteCursor } from "./byte-cursor.ts";

/** What the TDX module states about a trust domain: one form for TD 1.0 and TD 1.5 bodies. Views of the quote. */
export interface TdReport {
  readonly kind: "TD 1.0" | "TD 1.5";
  /** SVNs the domain was launched under. Byte 0: the TDX module's minor SVN; byte 1: its major version. 16 bytes. */
  readonly teeTcbSvn: Uint8Array;
  /** Measurement of the TDX module. 48 bytes, as all measurements. */
  readonly mrseam: Uint8Array;
  /** Signer of the TDX module; zero for Intel's. */
  readonly mrsignerseam: Uint8Array;
  /** 8 bytes. */
  readonly seamattributes: Uint8Array;
  /** 8 bytes, little-endian flags; bit 0 of byte 0 is DEBUG. */
  readonly tdattributes: Uint8Array;
  /** Extended features the domain may use. 8 bytes, little-endian flags. */
  readonly xfam: Uint8Array;
  readonly mrtd: Uint8Array;
  readonly mrconfigid: Uint8Array;
  readonly mrowner: Uint8Array;
  readonly mrownerconfig: Uint8Array;
  readonly rtmr0: Uint8Array;
  readonly rtmr1: Uint8Array;
  readonly rtmr2: Uint8Array;
  readonly rtmr3: Uint8Array;
  /** The 64 bytes the quote was made for. */
  readonly reportData: Uint8Array;
  /** SVNs of the module that runs now. TD 1.5 only. */
  readonly teeTcbSvn2: Uint8Array | undefined;
  /** Measurement of a bound service domain; zero if there is none. TD 1.5 only. */
  readonly mrservicetd: Uint8Array | undefined;
}

/** Body types of version 5 with the size each must state. */
const BODY_SIZES: ReadonlyMap<number, { readonly kind: TdReport["kind"]; readonly size: number }> = new Map([
  [2, { kind: "TD 1.0", size: 584 }],
  [3, { kind: "TD 1.5", size: 648 }],
]);

/**
 * The descriptor in front of a version 5 body.
 *
 * @throws CheckFailure malformed, if type and size are not a pair TDX has
 */
export function readBodyKind(cursor: ByteCursor): TdReport["kind"] {
  const type = cursor.uint16("body type");
  const size = cursor.uint32("body size");
  const body = BODY_SIZES.get(type);
  if (body === undefined) throw CheckFailure.malformed(`body type ${type} does not belong in a TDX quote`);
  if (body.size !== size) throw CheckFailure.malformed(`a body of type ${type} has ${body.size} bytes, not ${size}`);
  return body.kind;
}

/** @throws CheckFailure malformed */
export function readTdReport(cursor: ByteCursor, kind: TdReport["kind"]): TdReport {
  const measurement = (name: string): Uint8Array => cursor.take(48, name);
  const isTd15 = kind === "TD 1.5";
  // Members are read in the order they are written here, which is the order of the bytes.
  return {
    kind,
    teeTcbSvn: cursor.take(16, "tee_tcb_svn"),
    mrseam: measurement("mrseam"),
    mrsignerseam: measurement("mrsignerseam"),
    seamattributes: cursor.take(8, "seamattributes"),
    tdattributes: cursor.take(8, "tdattributes"),
    xfam: cursor.take(8, "xfam"),
    mrtd: measurement("mrtd"),
    mrconfigid: measurement("mrconfigid"),
    mrowner: measurement("mrowner"),
    mrownerconfig: measurement("mrownerconfig"),
    rtmr0: measurement("rtmr0"),
    rtmr1: measurement("rtmr1"),
    rtmr2: measurement("rtmr2"),
    rtmr3: measurement("rtmr3"),
    reportData: cursor.take(64, "report_data"),
    teeTcbSvn2: isTd15 ? cursor.take(16, "tee_tcb_svn2") : undefined,
    mrservicetd: isTd15 ? measurement("mrservicetd") : undefined,
  };
}

/** A field of flags as one number. */
export function flags(field: Uint8Array): bigint {
  return new DataView(field.buffer, field.byteOffset, field.byteLength).getBigUint64(0, true);
}

/** Whether the host can look into the domain: bit 0 of TDATTRIBUTES. */
export function isDebug(body: TdReport): boolean {
  return (flags(body.tdattributes) & 1n) !== 0n;
}
