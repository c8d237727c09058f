/** Hash functions of the evidence this package verifies (FIPS 180-4). */
export type HashAlgorithm = "sha256" | "sha384" | "sha512";

/** NIST curves of the evidence this package verifies (FIPS 186-5). */
export type EllipticCurve = "P-256" | "P-384";

/** One ECDSA signature to check. */
export interface EcdsaInput {
  readonly curve: EllipticCurve;
  readonly hash: HashAlgorithm;
  /** Uncompressed point, 0x04 ‖ X ‖ Y. Attacker-controlled: a point off the curve verifies nothing. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  /** r ‖ s, each as long as the curve's coordinates. */
  readonly signature: Uint8Array;
}

/**
 * What verification needs of the platform: OpenSSL in Node, WebCrypto in browsers. The import `#crypto` names the one
 * that fits.
 */
export interface CryptoProvider {
  /** The hash of the concatenated parts. */
  digest(hash: HashAlgorithm, ...parts: readonly Uint8Array[]): Uint8Array;
  /** Whether the signature holds. Never rejects: a malformed key or signature is false. */
  verifyEcdsa(input: EcdsaInput): Promise<boolean>;
}

/** Length of a coordinate, and of r and of s. Bytes. */
export const COORDINATE_BYTES: Readonly<Record<EllipticCurve, number>> = { "P-256": 32, "P-384": 48 };

/** Whether key and signature have the lengths of their curve; the providers check what the lengths cannot show. */
export function hasEcdsaForm({ curve, publicKey, signature }: EcdsaInput): boolean {
  const coordinate = COORDINATE_BYTES[curve];
  return publicKey.length === 1 + 2 * coordinate && publicKey[0] === 0x04 && signature.length === 2 * coordinate;
}
