import { bytesToHex } from "@noble/hashes/utils.js";
import { crypto } from "../crypto/index.ts";
import { DerError } from "../der/index.ts";
import { PemError, parseCertificate, parsePemCertificates } from "../x509/index.ts";
import type { RootKind, TrustedRoot } from "./policy.ts";
import { refusePolicy } from "./shapes/index.ts";

/** A root as a policy file names it. */
export interface NamedRoot {
  readonly kind: RootKind;
  readonly fingerprint: string;
  readonly simulated: boolean;
  readonly pem: string | undefined;
  readonly pem_file: string | undefined;
}

/** Gives the text of a PEM file a policy names. May throw. */
export type ReadPem = (path: string) => string;

/**
 * The root itself. The fingerprint is what a person compared with another source, so it decides over what the PEM, or
 * whoever can write the file, says.
 *
 * @throws CountersignError `policy.invalid`
 */
export function loadRoot(named: NamedRoot, path: string, readPem: ReadPem | undefined): TrustedRoot {
  const { kind, fingerprint, simulated } = named;
  const certificate = onlyCertificate(pemOf(named, path, readPem), path);
  const actual = bytesToHex(crypto.digest("sha256", certificate));
  if (actual !== fingerprint) {
    refusePolicy(path, `the certificate has the fingerprint ${actual}, and the policy names another`);
  }
  return { kind, fingerprint, certificate, simulated };
}

function pemOf({ pem, pem_file: file }: NamedRoot, path: string, readPem: ReadPem | undefined): string {
  if (pem !== undefined && file === undefined) return pem;
  if (file === undefined || pem !== undefined) return refusePolicy(path, "give one of pem and pem_file");
  if (readPem === undefined) {
    return refusePolicy(`${path}.pem_file`, "files cannot be read here; put the certificate in pem");
  }
  try {
    return readPem(file);
  } catch {
    return refusePolicy(`${path}.pem_file`, "the file cannot be read");
  }
}

function onlyCertificate(text: string, path: string): Uint8Array {
  try {
    const [certificate] = parsePemCertificates(text, 1);
    if (certificate === undefined) return refusePolicy(path, "holds no certificate");
    parseCertificate(certificate);
    return certificate;
  } catch (error) {
    if (error instanceof PemError) return refusePolicy(path, `not one PEM certificate: ${error.message}`);
    if (error instanceof DerError) return refusePolicy(path, `not a certificate that can be used: ${error.message}`);
    throw error;
  }
}
