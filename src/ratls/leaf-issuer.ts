import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { parseCertificate } from "@countersign/client/x509";
import {
  authorityKeyIdentifier,
  type CertificateSigner,
  distinguishedName,
  keyIdentifier,
} from "../certificates/index.ts";
import type { LeafKey } from "./leaf-key.ts";

/** Who signs leaves. */
export interface LeafIssuer {
  readonly signer: CertificateSigner;
  /** DER of the issuer's name, or undefined where a leaf signs itself and so names itself. */
  readonly name: Uint8Array | undefined;
  readonly authorityKeyIdentifier: ReturnType<typeof authorityKeyIdentifier> | undefined;
  /** PEM of the issuer's certificate, sent after the leaf. Empty for self-signed leaves. */
  readonly chain: string;
  /** Last moment the issuer's certificate is valid. Unix seconds. */
  readonly notAfter: number;
}

/** Leaves sign themselves: their evidence is what a verifier goes by. */
export function selfIssuer(key: LeafKey): LeafIssuer {
  return {
    signer: { privateKey: key.privateKey, hash: "sha256" },
    name: undefined,
    authorityKeyIdentifier: undefined,
    chain: "",
    notAfter: Number.POSITIVE_INFINITY,
  };
}

/**
 * Leaves are signed by the operator's own CA.
 *
 * @param certificatePem one CA certificate
 * @throws Error if the two do not belong together, or the certificate is no CA over an elliptic-curve key
 */
export function authorityIssuer(certificatePem: string, privateKeyPem: string): LeafIssuer {
  const certificate = new X509Certificate(certificatePem);
  const privateKey = createPrivateKey(privateKeyPem);
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error("the CA's private key does not belong to its certificate");
  const { subject, basicConstraints, keyUsage, notAfter, publicKey } = parseCertificate(
    new Uint8Array(certificate.raw),
  );
  if (basicConstraints?.ca !== true || keyUsage?.keyCertSign !== true) {
    throw new Error("the CA's certificate may not sign certificates");
  }
  return {
    signer: { privateKey, hash: hashFor(privateKey) },
    name: subject.encoded,
    authorityKeyIdentifier: authorityKeyIdentifier(keyIdentifier(publicKey.encoded)),
    chain: certificate.toString(),
    notAfter,
  };
}

function hashFor(privateKey: KeyObject): "sha256" | "sha384" {
  const curve = privateKey.asymmetricKeyDetails?.namedCurve;
  if (curve === "prime256v1") return "sha256";
  if (curve === "secp384r1") return "sha384";
  throw new Error("the CA's key is not on the curve P-256 or P-384");
}

/** The name of a leaf, and of its issuer where it signs itself. */
export function leafName(commonName: string, simulated: boolean): Uint8Array {
  return distinguishedName({
    commonName,
    organization: simulated ? "SIMULATED TEE - DEVELOPMENT ONLY" : "Countersign",
  });
}
