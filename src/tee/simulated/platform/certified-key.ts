import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { parseCertificate } from "@countersign/client/x509";
import {
  authorityKeyIdentifier,
  basicConstraints,
  buildCertificate,
  type CertificateExtension,
  crlDistributionPoint,
  distinguishedName,
  type KeyUsageName,
  keyIdentifier,
  keyUsage,
  randomSerial,
  subjectKeyIdentifier,
} from "../../../certificates/index.ts";
import { SIMULATED_ORGANIZATION } from "./simulated-image.ts";

/** A key with its certificate. */
export interface CertifiedKey {
  /** Private, P-256. */
  readonly privateKey: KeyObject;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** What distinguishes the certificates of the platform from each other. */
export interface CertificateProfile {
  readonly commonName: string;
  /** Unix seconds. */
  readonly notBefore: number;
  /** Unix seconds. */
  readonly notAfter: number;
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength?: number };
  readonly keyUsage: readonly [KeyUsageName, ...KeyUsageName[]];
  /** Where its issuer's CRL would be. */
  readonly crlUrl: string;
  /** After the five that every certificate has. */
  readonly furtherExtensions: readonly CertificateExtension[];
}

/** Issues a certificate for a new key. Without an issuer it signs itself. */
export function certifiedKey(profile: CertificateProfile, issuer?: CertifiedKey): CertifiedKey {
  const { privateKey } = newKey();
  const spki = publicKeyInfo(privateKey);
  const subjectName = distinguishedName({
    commonName: profile.commonName,
    organization: SIMULATED_ORGANIZATION,
    locality: "Localhost",
    country: "US",
  });
  const issuerKey = issuer?.privateKey ?? privateKey;
  const certificate = buildCertificate({
    serial: randomSerial(),
    issuerName: issuer === undefined ? subjectName : subjectOf(issuer),
    subjectName,
    notBefore: profile.notBefore,
    notAfter: profile.notAfter,
    publicKeySpkiDer: spki,
    // The order of Intel's certificates, which some verifiers read by position.
    extensions: [
      authorityKeyIdentifier(keyIdentifier(publicKeyInfo(issuerKey))),
      crlDistributionPoint(profile.crlUrl),
      subjectKeyIdentifier(keyIdentifier(spki)),
      keyUsage(...profile.keyUsage),
      basicConstraints(profile.basicConstraints),
      ...profile.furtherExtensions,
    ],
    signer: { privateKey: issuerKey, hash: "sha256" },
  });
  return { privateKey, certificate };
}

/** A new P-256 key. */
export function newKey(): { readonly privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/** SubjectPublicKeyInfo in DER. */
export function publicKeyInfo(privateKey: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(privateKey).export({ type: "spki", format: "der" }));
}

/** DER of the subject's name. */
export function subjectOf({ certificate }: CertifiedKey): Uint8Array {
  return parseCertificate(certificate).subject.encoded;
}

/** Identifier of the key, as in the certificate's extension. */
export function keyIdentifierOf({ privateKey }: CertifiedKey): Uint8Array {
  return keyIdentifier(publicKeyInfo(privateKey));
}
