import { createPrivateKey, generateKeyPairSync, webcrypto, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
// @peculiar/x509 resolves its parts through decorators and needs this polyfill loaded first.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** What a TLS listener presents. */
export interface TlsIdentity {
  /** Certificate chain, PEM. */
  readonly certificate: string;
  /** Private key, PEM (PKCS#8). */
  readonly key: string;
  /** DER SubjectPublicKeyInfo of the leaf. */
  readonly publicKey: Uint8Array;
  /** Made at start by this process, signed by itself. */
  readonly selfSigned: boolean;
}

/** Validity of a self-signed certificate. Milliseconds. It is made anew at every start. */
const SELF_SIGNED_LIFETIME_MS = 30 * 24 * 3600 * 1000;
/** Allowed difference between our clock and a caller's. Milliseconds. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** Reads a configured certificate and key. Throws if they cannot be read or do not belong together. */
export function loadTlsIdentity(certPath: string, keyPath: string): TlsIdentity {
  const certificate = readFileSync(certPath, "utf8");
  const key = readFileSync(keyPath, "utf8");
  const leaf = new X509Certificate(certificate);
  if (!leaf.checkPrivateKey(createPrivateKey(key))) {
    throw new Error("the TLS private key does not belong to the first certificate of the chain");
  }
  return { certificate, key, publicKey: leaf.publicKey.export({ format: "der", type: "spki" }), selfSigned: false };
}

/** A P-256 leaf for loopback names, CA:FALSE, signed by itself. Development only: it proves nothing. */
export async function selfSignedIdentity(now: number = Date.now()): Promise<TlsIdentity> {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = pair.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const spki = pair.publicKey.export({ format: "der", type: "spki" });
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: "CN=countersign development",
      notBefore: new Date(now - CLOCK_SKEW_MS),
      notAfter: new Date(now + SELF_SIGNED_LIFETIME_MS),
      signingAlgorithm: algorithm,
      keys: {
        publicKey: await webcrypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]),
        privateKey: await webcrypto.subtle.importKey(
          "pkcs8",
          pair.privateKey.export({ format: "der", type: "pkcs8" }),
          algorithm,
          false,
          ["sign"],
        ),
      },
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          { type: "dns", value: "localhost" },
          { type: "ip", value: "127.0.0.1" },
          { type: "ip", value: "::1" },
        ]),
      ],
    },
    webcrypto as never,
  );
  return { certificate: certificate.toString("pem"), key, publicKey: spki, selfSigned: true };
}
