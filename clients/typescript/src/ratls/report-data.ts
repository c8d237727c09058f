import { crypto } from "../crypto/index.ts";

/** What the report data of an RA-TLS quote is computed from. */
export interface RatlsStatement {
  /** DER SubjectPublicKeyInfo of the leaf, algorithm included. */
  readonly spki: Uint8Array;
  /** What makes the quote fresh: a minute's text, or a challenge's context and exporter value. Not empty. */
  readonly binding: Uint8Array;
  /** The whole GPU evidence envelope, if there is one. */
  readonly gpuEvidence?: Uint8Array;
}

/**
 * Privasys' form: `SHA-512(SHA-256(SPKI) ‖ binding ‖ [SHA-256(GPU evidence)])`.
 *
 * Nothing in it separates the modes, and the binding has no length prefix. So only values of this side's making may be
 * a binding, never a peer's choice of bytes.
 *
 * @returns 64 bytes
 * @throws RangeError if key or binding is empty: an expectation that is missing must never be one that passes
 */
export function ratlsReportData({ spki, binding, gpuEvidence }: RatlsStatement): Uint8Array {
  if (spki.length === 0 || binding.length === 0) throw new RangeError("key and binding of report data are not empty");
  const parts = [crypto.digest("sha256", spki), binding];
  if (gpuEvidence !== undefined) parts.push(crypto.digest("sha256", gpuEvidence));
  return crypto.digest("sha512", ...parts);
}

/**
 * dstack's form: `SHA-512("ratls-cert:" ‖ SPKI)`. It says nothing about time.
 *
 * @param spki DER SubjectPublicKeyInfo of the leaf
 * @returns 64 bytes
 */
export function dstackReportData(spki: Uint8Array): Uint8Array {
  return crypto.digest("sha512", new TextEncoder().encode("ratls-cert:"), spki);
}

/**
 * The form of the Confidential Computing Consortium's interoperable RA-TLS: `SHA-256(claims) ‖ 32 zero bytes`.
 *
 * @param claims the claims buffer, exactly the bytes that travel
 * @returns 64 bytes
 */
export function tcgReportData(claims: Uint8Array): Uint8Array {
  const reportData = new Uint8Array(64);
  reportData.set(crypto.digest("sha256", claims));
  return reportData;
}
