import { CheckFailure } from "../verdict/index.ts";
import { PemError, parsePemCertificates } from "../x509/index.ts";
import { ByteCursor } from "./byte-cursor.ts";
import { ENCLAVE_REPORT_BYTES, type EnclaveReport, readEnclaveReport } from "./enclave-report.ts";

/** What follows the signed region: signatures and the certificates they rest on. Views of the quote. */
export interface SignatureData {
  /** r ‖ s by the attestation key, over the signed region. 64 bytes. */
  readonly signature: Uint8Array;
  /** The attestation key, x ‖ y. 64 bytes. */
  readonly attestationKey: Uint8Array;
  readonly qeReport: EnclaveReport;
  /** r ‖ s by the platform's certificate, over the quoting enclave's report. 64 bytes. */
  readonly qeReportSignature: Uint8Array;
  /** What the quoting enclave hashes together with the attestation key. Any length. */
  readonly qeAuthData: Uint8Array;
  readonly certificates: QuoteCertificates;
}

/** DER of the certificates a quote brings along. */
export type QuoteCertificates = readonly [platform: Uint8Array, ca: Uint8Array, root: Uint8Array];

/** Kinds of certification data: the quoting enclave's report, and inside it the certificate chain as PEM. */
const QE_REPORT_CERTIFICATION = 6;
const PCK_CERTIFICATE_CHAIN = 5;
/** Intel defines kinds 1 to 7. A quote that uses another of them is well-formed, and refused by name. */
const MOST_CERTIFICATION = 7;

/**
 * @param bytes all of the signature data and nothing else
 * @param base its offset in the quote
 * @throws CheckFailure malformed; not malformed for certification data of another kind
 */
export function readSignatureData(bytes: Uint8Array, base: number): SignatureData {
  const cursor = new ByteCursor(bytes, base);
  const signature = cursor.take(64, "quote signature");
  const attestationKey = cursor.take(64, "attestation key");
  requireCertification(cursor, QE_REPORT_CERTIFICATION);
  const qeReport = readEnclaveReport(cursor.take(ENCLAVE_REPORT_BYTES, "QE report"));
  const qeReportSignature = cursor.take(64, "QE report signature");
  const qeAuthData = cursor.take(cursor.uint16("QE auth data length"), "QE auth data");
  requireCertification(cursor, PCK_CERTIFICATE_CHAIN);
  const certificates = readCertificates(cursor.take(cursor.left, "certificate chain"));
  return { signature, attestationKey, qeReport, qeReportSignature, qeAuthData, certificates };
}

/** Type and size of certification data. Neither is signed; the size must be exactly what is left of its container. */
function requireCertification(cursor: ByteCursor, expected: number): void {
  const { offset } = cursor;
  const type = cursor.uint16("certification type");
  const size = cursor.uint32("certification size");
  if (type === 0 || type > MOST_CERTIFICATION) {
    throw CheckFailure.malformed(`certification data at byte ${offset} is of a type that does not exist`);
  }
  if (size !== cursor.left) {
    throw CheckFailure.malformed(
      `certification data at byte ${offset}: ${size} bytes stated, ${cursor.left} are there`,
    );
  }
  if (type !== expected) {
    throw new CheckFailure(`certification data at byte ${offset} is of type ${type}; only ${expected} is accepted`);
  }
}

/** Genuine chains end with LF and one NUL, the terminator of the C string they once were. */
function readCertificates(pem: Uint8Array): QuoteCertificates {
  const bytes = pem.at(-1) === 0 ? pem.subarray(0, -1) : pem;
  try {
    const [platform, ca, root] = parsePemCertificates(asciiText(bytes), 3);
    if (platform === undefined || ca === undefined || root === undefined) throw new PemError("fewer certificates");
    return [platform, ca, root];
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw CheckFailure.malformed(`the certificate chain is not three PEM certificates: ${error.message}`);
  }
}

/** Refuses what is not ASCII, so that no character outside it can pass as white space. */
function asciiText(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte >= 0x80)) throw new PemError("text that is not ASCII");
  return new TextDecoder().decode(bytes);
}
