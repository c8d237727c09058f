import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/** RFC 8410: PKCS#8 wrapping of a 32-byte Ed25519 seed. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** Private key object of a 32-byte seed. Throws at any other length: OpenSSL would ignore what follows the seed. */
export function ed25519PrivateKey(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new Error("an Ed25519 seed has 32 bytes");
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
}

/** Raw public key, 32 bytes: the last 32 bytes of the SubjectPublicKeyInfo (RFC 8410). */
export function ed25519PublicKey(privateKey: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32));
}

/** RFC 8410: SubjectPublicKeyInfo of a 32-byte Ed25519 public key. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** Public key object of a raw public key, 32 bytes. */
export function ed25519PublicKeyObject(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });
}
