import { type KeyObject, sign } from "node:crypto";

/** ECDSA P-256 with SHA-256 as r ‖ s, 64 bytes: how quotes and collateral are signed, unlike certificates and CRLs. */
export function rawSignature(privateKey: KeyObject, message: Uint8Array | string): Uint8Array {
  const bytes = typeof message === "string" ? Buffer.from(message, "utf8") : message;
  return new Uint8Array(sign("sha256", bytes, { key: privateKey, dsaEncoding: "ieee-p1363" }));
}
