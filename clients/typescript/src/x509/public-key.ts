import type { EllipticCurve } from "../crypto/index.ts";
import { COORDINATE_BYTES } from "../crypto/index.ts";
import { type DerElement, DerError, readerOf } from "../der/index.ts";
import { OID } from "./oid.ts";

/** A SubjectPublicKeyInfo (RFC 5280, 4.1.2.7). */
export interface SubjectPublicKey {
  /** The exact DER: what SPKI digests are computed over. */
  readonly encoded: Uint8Array;
  /** The key if it is one this package can verify with; any other kind verifies nothing. */
  readonly ec: { readonly curve: EllipticCurve; readonly point: Uint8Array } | undefined;
}

const CURVES: Readonly<Record<string, EllipticCurve>> = { [OID.p256]: "P-256", [OID.p384]: "P-384" };

/** @throws DerError */
export function parseSubjectPublicKey(element: DerElement): SubjectPublicKey {
  const reader = readerOf(element);
  const algorithm = reader.sequence("key algorithm");
  const type = algorithm.oid("key type");
  if (type !== OID.ecPublicKey) {
    reader.bitString("public key");
    reader.end("public key info");
    return { encoded: element.encoded, ec: undefined };
  }
  const curve = CURVES[algorithm.oid("curve")];
  algorithm.end("key algorithm");
  const point = reader.bitString("public key");
  reader.end("public key info");
  if (curve === undefined) return { encoded: element.encoded, ec: undefined };
  if (point.length !== 1 + 2 * COORDINATE_BYTES[curve] || point[0] !== 0x04) {
    throw new DerError("public key is not an uncompressed point of its curve", element.offset);
  }
  return { encoded: element.encoded, ec: { curve, point } };
}
