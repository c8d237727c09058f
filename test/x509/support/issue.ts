import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { type Certificate, parseCertificate } from "@countersign/client/x509";
import {
  basicConstraints,
  buildCertificate,
  type CertificateExtension,
  type CertificateFields,
  distinguishedName,
  keyUsage,
  randomSerial,
} from "../../../src/certificates/index.ts";

/** 2026-01-01T00:00:00Z: inside the validity of everything issued here. */
export const NOW = Date.UTC(2026, 0, 1) / 1000;
export const DAY = 86_400;

/** A certificate with its key. */
export interface Issued {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

export const CA: readonly CertificateExtension[] = [keyUsage("keyCertSign", "cRLSign"), basicConstraints({ ca: true })];
export const LEAF: readonly CertificateExtension[] = [keyUsage("digitalSignature"), basicConstraints({ ca: false })];

export const nameOf = (commonName: string): Uint8Array => distinguishedName({ commonName });

/** Issues a certificate; without an issuer it signs itself. */
export function issue(
  commonName: string,
  extensions: readonly CertificateExtension[],
  issuer?: Issued,
  changes: Partial<CertificateFields> = {},
): Issued {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const der = buildCertificate({
    serial: randomSerial(),
    issuerName: issuer?.certificate.subject.encoded ?? nameOf(commonName),
    subjectName: nameOf(commonName),
    notBefore: NOW - DAY,
    notAfter: NOW + DAY,
    publicKeySpkiDer: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
    extensions,
    signer: { privateKey: issuer?.privateKey ?? privateKey, hash: "sha256" },
    ...changes,
  });
  return { certificate: parseCertificate(der), privateKey };
}

/** Replaces bytes of a DER text that must occur exactly once; lengths stay as they are. */
export function replaced(der: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(der).toString("hex");
  if (text.split(from).length !== 2) throw new Error(`${from} occurs ${text.split(from).length - 1} times`);
  return new Uint8Array(Buffer.from(text.replace(from, to), "hex"));
}
