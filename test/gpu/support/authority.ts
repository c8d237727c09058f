import { generateKeyPairSync, type KeyObject } from "node:crypto";
import {
  authorityKeyIdentifier,
  basicConstraints,
  buildCertificate,
  type CertificateExtension,
  distinguishedName,
  type KeyUsageName,
  keyIdentifier,
  keyUsage,
  NO_EXPIRY,
  randomSerial,
  subjectKeyIdentifier,
} from "../../../src/certificates/index.ts";

/** A key with its certificate: an authority, or a leaf. */
export interface Authority {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly name: Uint8Array;
  readonly spki: Uint8Array;
  readonly serial: Uint8Array;
  readonly privateKey: KeyObject;
}

export interface AuthorityOptions {
  readonly commonName: string;
  readonly organization?: string;
  /** Default: it signs itself. */
  readonly issuer?: Authority;
  /** Default: a CA without a limit. */
  readonly role?: "ca" | "leaf" | "leaf without constraints";
  /** What a leaf's key may do. Default: sign. */
  readonly usage?: KeyUsageName;
  readonly extensions?: readonly CertificateExtension[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly curve?: "P-256" | "P-384";
  readonly serial?: Uint8Array;
}

/** 2026-02-03T04:05:06Z, the moment of every test that does not say another. Unix seconds. */
export const NOW = Date.UTC(2026, 1, 3, 4, 5, 6) / 1000;
export const DAY = 86_400;

/** A new key with a certificate for it. */
export function makeAuthority(options: AuthorityOptions): Authority {
  const { commonName, organization = "Test", issuer, role = "ca", extensions = [], curve = "P-384" } = options;
  const { usage = "digitalSignature" } = options;
  const { notBefore = NOW - 365 * DAY, notAfter = NO_EXPIRY, serial = randomSerial() } = options;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: curve });
  const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const name = distinguishedName({ commonName, organization, country: "US" });
  const signing = role === "ca" ? keyUsage("keyCertSign", "cRLSign") : keyUsage(usage);
  const certificate = buildCertificate({
    serial,
    issuerName: issuer?.name ?? name,
    subjectName: name,
    notBefore,
    notAfter,
    publicKeySpkiDer: spki,
    extensions: [
      signing,
      ...(role === "leaf without constraints" ? [] : [basicConstraints({ ca: role === "ca" })]),
      subjectKeyIdentifier(keyIdentifier(spki)),
      authorityKeyIdentifier(keyIdentifier(issuer?.spki ?? spki)),
      ...extensions,
    ],
    signer: { privateKey: issuer?.privateKey ?? privateKey, hash: "sha384" },
  });
  return { certificate, name, spki, serial, privateKey };
}
