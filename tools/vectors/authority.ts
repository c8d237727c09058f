import { createHash } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import {
  KeyAlgorithm,
  KeyRole,
  KeySourceKind,
  KeysetSchema,
  type PublicKey,
  PublicKeySchema,
} from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";

/** SHA-256 by OpenSSL, so that vectors do not come from the code they test. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** Lower-case hex without prefix. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** UTF-8. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A key pair with a signing function for its algorithm. */
export interface SigningKey {
  readonly secret: Uint8Array;
  readonly publicKey: PublicKey;
  sign(text: string): Uint8Array;
}

/** When the test keys begin to be valid: 2026-01-01T00:00:00Z. Unix milliseconds. */
export const KEYS_CREATED = 1_767_225_600_000n;
/** The time at which vectors are to be verified: 2026-01-01T01:00:00Z. Unix milliseconds. */
export const VERIFY_AT = 1_767_229_200_000n;

/** The EIP-191 digest of a text. */
export function eip191(text: string): Uint8Array {
  const bytes = utf8(text);
  return keccak_256(Buffer.concat([utf8(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes]));
}

/** ECDSA over a 32-byte digest, RFC 6979, low s: 65 bytes r ‖ s ‖ v. */
export function signDigest(secret: Uint8Array, digest: Uint8Array): Uint8Array {
  // The library puts the recovery bit first.
  const [recovery = 0, ...compact] = secp256k1.sign(digest, secret, { prehash: false, format: "recovered" });
  return Uint8Array.of(...compact, 27 + recovery);
}

/** A test secret: SHA-256 of its label. Public, and good for nothing but tests. */
export function testSecret(label: string): Uint8Array {
  return sha256(utf8(`countersign test key: ${label}`));
}

/** Validity of a test key, Unix milliseconds. */
export interface Validity {
  readonly notBefore?: bigint;
  readonly notAfter?: bigint;
}

/** A secp256k1 test key. */
export function secp256k1Key(role: KeyRole, roleName: string, label: string, validity: Validity = {}): SigningKey {
  const secret = testSecret(label);
  const value = secp256k1.getPublicKey(secret, false);
  return {
    secret,
    publicKey: publicKey(`${roleName}-secp256k1`, role, KeyAlgorithm.SECP256K1, value, validity),
    sign: (text) => signDigest(secret, eip191(text)),
  };
}

/** An Ed25519 test key. */
export function ed25519Key(role: KeyRole, roleName: string, label: string, validity: Validity = {}): SigningKey {
  const secret = testSecret(label);
  const value = ed25519.getPublicKey(secret);
  return {
    secret,
    publicKey: publicKey(`${roleName}-ed25519`, role, KeyAlgorithm.ED25519, value, validity),
    sign: (text) => ed25519.sign(utf8(text), secret),
  };
}

/** A public key whose id follows the rule, whatever its other fields say. */
export function publicKey(
  prefix: string,
  role: KeyRole,
  algorithm: KeyAlgorithm,
  value: Uint8Array,
  validity: Validity = {},
): PublicKey {
  return create(PublicKeySchema, {
    id: `${prefix}-${hex(sha256(value)).slice(0, 16)}`,
    role,
    algorithm,
    value,
    notBeforeUnixMs: validity.notBefore ?? KEYS_CREATED,
    notAfterUnixMs: validity.notAfter ?? 0n,
  });
}

/** A gateway's keys and the keyset that publishes them. */
export interface Authority {
  readonly streamEcdsa: SigningKey;
  readonly streamEd25519: SigningKey;
  readonly responseEcdsa: SigningKey;
  readonly responseEd25519: SigningKey;
  /** Serialised Keyset. */
  readonly keyset: Uint8Array;
  /** SHA-256 of it. */
  readonly keysetDigest: Uint8Array;
}

/** A test authority. Equal labels give equal keys. */
export function createAuthority(label: string, streamValidity: Validity = {}): Authority {
  const streamEd25519 = ed25519Key(KeyRole.STREAM, "stream", `${label} stream ed25519`, streamValidity);
  const streamEcdsa = secp256k1Key(KeyRole.STREAM, "stream", `${label} stream secp256k1`, streamValidity);
  const responseEd25519 = ed25519Key(KeyRole.RESPONSE, "response", `${label} response ed25519`);
  const responseEcdsa = secp256k1Key(KeyRole.RESPONSE, "response", `${label} response secp256k1`);
  const keyset = serialiseKeyset(
    [streamEd25519, streamEcdsa, responseEd25519, responseEcdsa].map((key) => key.publicKey),
  );
  return { streamEcdsa, streamEd25519, responseEcdsa, responseEd25519, keyset, keysetDigest: sha256(keyset) };
}

/** Serialises a keyset of these keys. */
export function serialiseKeyset(keys: readonly PublicKey[]): Uint8Array {
  const source = KeySourceKind.GENERATED;
  return toBinary(KeysetSchema, create(KeysetSchema, { keys: [...keys], source, createdUnixMs: KEYS_CREATED }));
}
