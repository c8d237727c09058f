import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { SecureContext } from "node:tls";
import { DerError } from "@countersign/client/der";
import { parseCertificate } from "@countersign/client/x509";

/** A certificate chain and its key, PEM. */
export interface PresentedCertificate {
  readonly certificate: string;
  /** PKCS#8. */
  readonly key: string;
}

/** What a TLS listener presents. */
export interface TlsIdentity {
  /** DER SubjectPublicKeyInfo of the leaf. */
  readonly publicKey: Uint8Array;
  /** What a connection without a server name is presented, and one with a name that has no context of its own. */
  readonly presented: PresentedCertificate;
  /** What connections with this server name are presented; undefined: `presented`. Names are attacker-controlled. */
  contextFor(serverName: string): SecureContext | undefined;
  /** Calls back when `presented` has changed. */
  onChange(listener: () => void): void;
}

/**
 * Reads a configured certificate and key.
 *
 * @throws Error if they cannot be read or do not belong together, or if the key is not one that keysets publish: every
 *   caller would refuse the whole keyset then
 */
export function loadTlsIdentity(certPath: string, keyPath: string): TlsIdentity {
  const certificate = readFileSync(certPath, "utf8");
  const key = readFileSync(keyPath, "utf8");
  const leaf = new X509Certificate(certificate);
  if (!leaf.checkPrivateKey(createPrivateKey(key))) {
    throw new Error("the TLS private key does not belong to the first certificate of the chain");
  }
  if (leaf.publicKey.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new Error("the TLS certificate's key is not on the curve P-256; issue it anew for such a key");
  }
  return {
    publicKey: strictPublicKey(new Uint8Array(leaf.raw)),
    presented: { certificate, key },
    contextFor: () => undefined,
    onChange() {},
  };
}

/** DER SubjectPublicKeyInfo of the first certificate of a PEM file, of any algorithm. Throws if it cannot be read. */
export function loadCertificatePublicKey(certPath: string): Uint8Array {
  const { publicKey } = new X509Certificate(readFileSync(certPath, "utf8"));
  return new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
}

/** As callers read it: the bytes that stand in the certificate. */
function strictPublicKey(leaf: Uint8Array): Uint8Array {
  try {
    return parseCertificate(leaf).publicKey.encoded;
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new Error(`the TLS certificate is not strict DER, and callers would refuse it: ${cause.message}`, { cause });
  }
}
