import { crypto } from "../crypto/index.ts";
import { EXPORTER_BYTES } from "../ratls/index.ts";
import { type EvidenceStatement, NONCE_BYTES } from "./report-data.ts";

/** What evidence of one TLS connection commits to. */
export interface ConnectionStatement extends EvidenceStatement {
  /** DER SubjectPublicKeyInfo of the server's leaf on this connection. */
  readonly leafSpki: Uint8Array;
  /** Exporter value of this connection under the native label, with the nonce as its context. 32 bytes. */
  readonly exporter: Uint8Array;
}

const LABEL = new TextEncoder().encode("countersign.connection.v1\0");

/**
 * The report data of evidence bound to one TLS connection: `SHA-256("countersign.connection.v1" ‖ 0x00 ‖ nonce ‖
 * SHA-256(keyset) ‖ SHA-256(devices) ‖ SHA-256(manifest) ‖ SHA-256(leaf SPKI) ‖ exporter) ‖ 32 zero bytes`.
 *
 * @returns 64 bytes
 * @throws RangeError if nonce or exporter is not 32 bytes: the fields around them would shift
 */
export function connectionReportData(statement: ConnectionStatement): Uint8Array {
  const { nonce, keyset, devices, manifest, leafSpki, exporter } = statement;
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`a nonce is ${NONCE_BYTES} bytes, not ${nonce.length}`);
  if (exporter.length !== EXPORTER_BYTES) {
    throw new RangeError(`an exporter value is ${EXPORTER_BYTES} bytes, not ${exporter.length}`);
  }
  const digests = [keyset, devices, manifest, leafSpki].map((bytes) => crypto.digest("sha256", bytes));
  const reportData = new Uint8Array(64);
  reportData.set(crypto.digest("sha256", LABEL, nonce, ...digests, exporter));
  return reportData;
}
