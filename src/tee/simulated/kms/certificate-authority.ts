import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { certificatePem } from "@countersign/client/x509";
import {
  authorityKeyIdentifier,
  basicConstraints,
  buildCertificate,
  type CertificateExtension,
  distinguishedName,
  keyIdentifier,
  keyUsage,
  randomSerial,
  subjectKeyIdentifier,
} from "../../../certificates/index.ts";
import { SIMULATED_ORGANIZATION } from "../platform/index.ts";

const CA_NAME = distinguishedName({ commonName: "Dstack KMS CA", organization: SIMULATED_ORGANIZATION });
const NOT_BEFORE = Date.UTC(2020, 0, 1) / 1000;
const NOT_AFTER = Date.UTC(2049, 11, 31) / 1000;

/** What a leaf's requester decides. */
export interface LeafRequest {
  /** At most 64 characters (RFC 5280, appendix A); empty for none. */
  readonly commonName: string;
  readonly publicKeySpkiDer: Uint8Array;
  /** Unix seconds. */
  readonly notBefore: number;
  /** Unix seconds. */
  readonly notAfter: number;
  /** Beside those every leaf has: constraints, key usage, key identifiers. */
  readonly extensions: readonly CertificateExtension[];
}

/** The P-256 CA of the simulated KMS: what `key-provider` events name. */
export interface CertificateAuthority {
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** @returns the leaf and the CA's certificate, DER */
  issue(request: LeafRequest): readonly [Uint8Array, Uint8Array];
}

/** A CA's private key (PKCS#8) and certificate, PEM. */
export interface AuthorityMaterial {
  readonly key: string;
  readonly certificate: string;
}

const spkiOf = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ format: "der", type: "spki" }));

/** A new CA, signed by itself. */
export function makeAuthority(): AuthorityMaterial {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = spkiOf(publicKey);
  const certificate = buildCertificate({
    serial: randomSerial(),
    issuerName: CA_NAME,
    subjectName: CA_NAME,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    publicKeySpkiDer: spki,
    extensions: [
      authorityKeyIdentifier(keyIdentifier(spki)),
      subjectKeyIdentifier(keyIdentifier(spki)),
      keyUsage("keyCertSign", "cRLSign"),
      basicConstraints({ ca: true, pathLength: 0 }),
    ],
    signer: { privateKey, hash: "sha256" },
  });
  return {
    key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    certificate: certificatePem(certificate),
  };
}

/** @throws whatever OpenSSL throws if the material is none, or its parts do not belong together */
export function openAuthority(material: AuthorityMaterial): CertificateAuthority {
  const privateKey = createPrivateKey(material.key);
  const parsed = new X509Certificate(material.certificate);
  if (privateKey.asymmetricKeyDetails?.namedCurve !== "prime256v1" || !parsed.checkPrivateKey(privateKey)) {
    throw new TypeError("key and certificate of the CA do not belong together");
  }
  const certificate = new Uint8Array(parsed.raw);
  const publicKey = spkiOf(createPublicKey(privateKey));
  return {
    certificate,
    publicKey,
    issue({ commonName, publicKeySpkiDer, notBefore, notAfter, extensions }) {
      const leaf = buildCertificate({
        serial: randomSerial(),
        issuerName: CA_NAME,
        subjectName: distinguishedName({
          ...(commonName === "" ? {} : { commonName }),
          organization: SIMULATED_ORGANIZATION,
        }),
        notBefore,
        notAfter,
        publicKeySpkiDer,
        extensions: [
          authorityKeyIdentifier(keyIdentifier(publicKey)),
          subjectKeyIdentifier(keyIdentifier(publicKeySpkiDer)),
          keyUsage("digitalSignature"),
          basicConstraints({ ca: false }),
          ...extensions,
        ],
        signer: { privateKey, hash: "sha256" },
      });
      return [leaf, certificate];
    },
  };
}
