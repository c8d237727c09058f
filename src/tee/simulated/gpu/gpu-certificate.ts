import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { parseCertificate } from "@countersign/client/x509";
import {
  authorityKeyIdentifier,
  basicConstraints,
  buildCertificate,
  type CertificateExtension,
  distinguishedName,
  keyIdentifier,
  keyUsage,
  NO_EXPIRY,
  randomSerial,
  subjectKeyIdentifier,
} from "../../../certificates/index.ts";

/** Stands as the organisation in every certificate of the simulated GPUs. */
export const SIMULATED_GPU_ORGANIZATION = "SIMULATED GPU - DEVELOPMENT ONLY";

/** A key with its certificate. */
export interface CertifiedGpuKey {
  /** Private, P-384. */
  readonly privateKey: KeyObject;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** What distinguishes the certificates of one chain. */
export interface GpuCertificateProfile {
  readonly commonName: string;
  /** Undefined for the leaf, which has no basic constraints at all. */
  readonly authority: { readonly pathLength?: number } | undefined;
  /** Unix seconds. Default 2020-10-17. */
  readonly notBefore?: number;
  /** Unix seconds. Default: none. */
  readonly notAfter?: number;
  /** After those that every certificate has. Default none. */
  readonly furtherExtensions?: readonly CertificateExtension[];
}

const NOT_BEFORE = Date.UTC(2020, 9, 17) / 1000;

/** Issues a certificate for a new key. Without an issuer it signs itself. */
export function certifiedGpuKey(profile: GpuCertificateProfile, issuer?: CertifiedGpuKey): CertifiedGpuKey {
  const { commonName, authority, notBefore = NOT_BEFORE, notAfter = NO_EXPIRY, furtherExtensions = [] } = profile;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const spki = publicKeyInfo(privateKey);
  const subjectName = distinguishedName({ commonName, organization: SIMULATED_GPU_ORGANIZATION, country: "US" });
  const issuerKey = issuer?.privateKey ?? privateKey;
  const certificate = buildCertificate({
    serial: randomSerial(),
    issuerName: issuer === undefined ? subjectName : parseCertificate(issuer.certificate).subject.encoded,
    subjectName,
    notBefore,
    notAfter,
    publicKeySpkiDer: spki,
    extensions: [
      ...(authority === undefined
        ? [keyUsage("digitalSignature")]
        : [basicConstraints({ ca: true, ...authority }), keyUsage("keyCertSign", "cRLSign")]),
      subjectKeyIdentifier(keyIdentifier(spki)),
      authorityKeyIdentifier(keyIdentifier(publicKeyInfo(issuerKey))),
      ...furtherExtensions,
    ],
    signer: { privateKey: issuerKey, hash: "sha384" },
  });
  return { privateKey, certificate };
}

/** DER SubjectPublicKeyInfo of a private key. */
export function publicKeyInfo(privateKey: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(privateKey).export({ format: "der", type: "spki" }));
}
