import { generateKeyPairSync, type KeyObject } from "node:crypto";

/** The TLS key of this process: P-256, made here, never written anywhere. */
export interface LeafKey {
  readonly privateKey: KeyObject;
  /** PKCS#8 PEM, for the TLS library. */
  readonly pem: string;
  /** DER SubjectPublicKeyInfo, 91 bytes. */
  readonly spki: Uint8Array;
}

export function generateLeafKey(): LeafKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privateKey,
    pem: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    spki: new Uint8Array(publicKey.export({ format: "der", type: "spki" })),
  };
}
