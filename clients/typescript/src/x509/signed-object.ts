import { COORDINATE_BYTES, crypto, type HashAlgorithm } from "../crypto/index.ts";
import { type DerElement, DerError, ecdsaSignatureFromDer, readerOf } from "../der/index.ts";
import { OID } from "./oid.ts";
import type { SubjectPublicKey } from "./public-key.ts";

/** What certificates and CRLs share: signed bytes, an algorithm, a signature (RFC 5280, 4.1.1). */
export interface SignedObject {
  /** The exact bytes the signature covers. */
  readonly signedBytes: Uint8Array;
  /** Hash of the ECDSA signature; undefined for an algorithm this package does not verify. */
  readonly hash: HashAlgorithm | undefined;
  /** Ecdsa-Sig-Value in DER. */
  readonly signature: Uint8Array;
}

const HASHES: Readonly<Record<string, HashAlgorithm>> = {
  [OID.ecdsaWithSha256]: "sha256",
  [OID.ecdsaWithSha384]: "sha384",
};

/** The hash of an AlgorithmIdentifier; undefined if it is not ECDSA with SHA-256 or SHA-384. */
export function parseSignatureAlgorithm(element: DerElement): HashAlgorithm | undefined {
  const reader = readerOf(element);
  const hash = HASHES[reader.oid("signature algorithm")];
  // RFC 5758, 3.2: ECDSA algorithms have no parameters. Of others nothing is read, and nothing verifies.
  if (hash !== undefined) reader.end("signature algorithm");
  return hash;
}

/** Whether the owner of `key` signed the object. An unknown algorithm or a malformed signature is false. */
export async function isSignedBy(object: SignedObject, key: SubjectPublicKey): Promise<boolean> {
  if (object.hash === undefined || key.ec === undefined) return false;
  const { curve, point } = key.ec;
  let signature: Uint8Array;
  try {
    signature = ecdsaSignatureFromDer(object.signature, COORDINATE_BYTES[curve]);
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
  return crypto.verifyEcdsa({ curve, hash: object.hash, publicKey: point, message: object.signedBytes, signature });
}
