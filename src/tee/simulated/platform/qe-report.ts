import { hash } from "node:crypto";
import { concat, field, uint16 } from "./layout.ts";

/** Report of the quoting enclave, 384 bytes (SGX enclave report body). */
export interface QeReport {
  /** 16 bytes. */
  readonly cpuSvn: Uint8Array;
  /** 4 bytes. */
  readonly miscSelect: Uint8Array;
  /** 16 bytes. */
  readonly attributes: Uint8Array;
  /** 32 bytes. */
  readonly mrEnclave: Uint8Array;
  /** 32 bytes. */
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  readonly isvSvn: number;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
}

/** Signer of Intel's quoting enclave for TDX, which the enclave identity names. Upper-case hex, as it stands there. */
export const QE_MRSIGNER = "DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5";
/** Product id and SVN likewise. */
export const QE_ISVPRODID = 2;
export const QE_ISVSVN = 4;

/**
 * The report that vouches for an attestation key.
 *
 * @param attestationKey x ‖ y, 64 bytes
 * @param authData of the quote
 */
export function qeReport(cpuSvn: Uint8Array, attestationKey: Uint8Array, authData: Uint8Array): QeReport {
  const binding = hash("sha256", concat(attestationKey, authData), "buffer");
  return {
    cpuSvn,
    miscSelect: new Uint8Array(4),
    // Initialised, 64-bit, provisioning key; not debug.
    attributes: new Uint8Array(Buffer.from("15000000000000000700000000000000", "hex")),
    mrEnclave: new Uint8Array(hash("sha256", "countersign.simulated.qe.v1", "buffer")),
    mrSigner: new Uint8Array(Buffer.from(QE_MRSIGNER, "hex")),
    isvProdId: QE_ISVPRODID,
    isvSvn: QE_ISVSVN,
    reportData: concat(binding, new Uint8Array(32)),
  };
}

export function encodeQeReport(report: QeReport): Uint8Array {
  return concat(
    field("cpusvn", 16, report.cpuSvn),
    field("miscselect", 4, report.miscSelect),
    new Uint8Array(28),
    field("attributes", 16, report.attributes),
    field("mrenclave", 32, report.mrEnclave),
    new Uint8Array(32),
    field("mrsigner", 32, report.mrSigner),
    new Uint8Array(96),
    uint16(report.isvProdId),
    uint16(report.isvSvn),
    new Uint8Array(60),
    field("report_data", 64, report.reportData),
  );
}
