import { hash } from "node:crypto";
import { readSingle, TAG } from "@countersign/client/der";

/**
 * Identifier of a key: SHA-1 of its bits (RFC 5280, 4.2.1.2, method 1), 20 bytes. It names a key; it proves nothing,
 * so the hash's weakness does not matter.
 *
 * @param publicKeySpkiDer SubjectPublicKeyInfo
 */
export function keyIdentifier(publicKeySpkiDer: Uint8Array): Uint8Array {
  const info = readSingle(publicKeySpkiDer, TAG.sequence, "public key info");
  info.element("key algorithm");
  return new Uint8Array(hash("sha1", info.bitString("public key"), "buffer"));
}
