import { CheckFailure } from "@countersign/client/verdict";
import { PemError, parsePemCertificates } from "@countersign/client/x509";
import { readInputFile, textOf } from "./input-file.ts";

/** Certificates that carry quotes and device evidence. Bytes. */
const LARGEST_FILE = 1024 * 1024;
const MOST_CERTIFICATES = 8;

/**
 * A certificate chain, leaf first: PEM, or one certificate as DER.
 *
 * @returns DER of each
 * @throws UsageError if there is no such file, CheckFailure malformed if it cannot be read
 */
export function readCertificateFile(path: string): Uint8Array[] {
  const bytes = readInputFile(path, LARGEST_FILE);
  const text = textOf(bytes);
  if (!text?.includes("-----BEGIN")) return [bytes];
  try {
    return parsePemCertificates(text, MOST_CERTIFICATES);
  } catch (error) {
    if (error instanceof PemError) throw CheckFailure.malformed(`the certificate chain: ${error.message}`);
    throw error;
  }
}
