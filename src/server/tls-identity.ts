import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { SecureContext } from "node:tls";

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

/** Reads a configured certificate and key. Throws if they cannot be read or do not belong together. */
export function loadTlsIdentity(certPath: string, keyPath: string): TlsIdentity {
  const certificate = readFileSync(certPath, "utf8");
  const key = readFileSync(keyPath, "utf8");
  const leaf = new X509Certificate(certificate);
  if (!leaf.checkPrivateKey(createPrivateKey(key))) {
    throw new Error("the TLS private key does not belong to the first certificate of the chain");
  }
  return {
    publicKey: publicKeyOf(leaf),
    presented: { certificate, key },
    contextFor: () => undefined,
    onChange() {},
  };
}

/** DER SubjectPublicKeyInfo of the first certificate of a PEM file. Throws if it cannot be read. */
export function loadCertificatePublicKey(certPath: string): Uint8Array {
  return publicKeyOf(new X509Certificate(readFileSync(certPath, "utf8")));
}

function publicKeyOf(certificate: X509Certificate): Uint8Array {
  return new Uint8Array(certificate.publicKey.export({ format: "der", type: "spki" }) as Buffer);
}
