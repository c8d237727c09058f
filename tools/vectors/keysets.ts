import { create, toBinary } from "@bufbuild/protobuf";
import { p256 } from "@noble/curves/nist.js";
import {
  KeyAlgorithm,
  KeyRole,
  KeysetSchema,
  type PublicKey,
  PublicKeySchema,
} from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { hex, publicKey, serialiseKeyset, sha256, testSecret, utf8 } from "./authority.ts";
import { AUTHORITY } from "./defaults.ts";

/** A keyset to be read. */
export interface KeysetVector {
  readonly name: string;
  /** Serialised Keyset, hex. */
  readonly bytes: string;
  /** SHA-256 of the bytes, hex. */
  readonly digest: string;
  /** null: it keeps its rules. */
  readonly code: string | null;
}

const { STREAM, RESPONSE, RECEIPT, E2EE, ENVELOPE, TLS, LOG } = KeyRole;
const { ED25519, SECP256K1, X25519, P256 } = KeyAlgorithm;

/** The canonical encodings of the points of small order on edwards25519, and the others a lax decoder takes for them. */
export const SMALL_ORDER_ED25519: readonly string[] = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/** Keysets, good and bad. */
export function keysetVectors(): KeysetVector[] {
  const stream = AUTHORITY.streamEd25519.publicKey;
  const point = AUTHORITY.streamEcdsa.publicKey.value;
  const spki = p256Spki("tls");
  const x25519 = sha256(utf8("an X25519 public key"));
  const all = [
    publicKey("stream-ed25519", STREAM, ED25519, stream.value),
    AUTHORITY.streamEcdsa.publicKey,
    AUTHORITY.responseEd25519.publicKey,
    AUTHORITY.responseEcdsa.publicKey,
    publicKey("e2ee-x25519", E2EE, X25519, x25519),
    publicKey("envelope-x25519", ENVELOPE, X25519, sha256(utf8("another X25519 public key"))),
    publicKey("tls-p256", TLS, P256, spki),
  ];
  const one = (name: string, code: string | null, key: PublicKey): KeysetVector => keyset(name, code, [key]);
  const malformed = (name: string, keys: readonly PublicKey[]): KeysetVector => keyset(name, "keyset.malformed", keys);
  const bad = (name: string, key: PublicKey): KeysetVector => malformed(name, [key]);
  return [
    keyset("every role and algorithm", null, all),
    one("one key", null, stream),
    malformed("no keys", []),
    malformed("the same key twice", [stream, stream]),
    malformed("one public key in two roles", [stream, publicKey("receipt-ed25519", RECEIPT, ED25519, stream.value)]),
    malformed(
      "257 keys",
      Array.from({ length: 257 }, (_, index) => publicKey("e2ee-x25519", E2EE, X25519, sha256(utf8(`${index}`)))),
    ),
    keyset(
      "256 keys",
      null,
      Array.from({ length: 256 }, (_, index) => publicKey("e2ee-x25519", E2EE, X25519, sha256(utf8(`${index}`)))),
    ),
    bad("a role that is UNSPECIFIED", publicKey("unspecified-ed25519", KeyRole.UNSPECIFIED, ED25519, stream.value)),
    bad("an unknown role", publicKey("unknown-ed25519", 99 as KeyRole, ED25519, stream.value)),
    bad("an algorithm that is UNSPECIFIED", publicKey("log-unspecified", LOG, KeyAlgorithm.UNSPECIFIED, stream.value)),
    bad("an unknown algorithm", publicKey("log-unknown", LOG, 99 as KeyAlgorithm, stream.value)),
    bad("an id of another role", publicKey("response-ed25519", STREAM, ED25519, stream.value)),
    bad("an id of another algorithm", publicKey("e2ee-ed25519", E2EE, X25519, x25519)),
    bad("an id in upper case", create(PublicKeySchema, { ...stream, id: stream.id.toUpperCase() })),
    bad(
      "an id of another key",
      create(PublicKeySchema, { ...stream, id: AUTHORITY.responseEd25519.publicKey.id.replace("response", "stream") }),
    ),
    bad("an empty id", create(PublicKeySchema, { ...stream, id: "" })),
    bad("an Ed25519 key of 31 bytes", publicKey("stream-ed25519", STREAM, ED25519, stream.value.slice(1))),
    bad("an Ed25519 key that is no point", publicKey("stream-ed25519", STREAM, ED25519, notOnEdwards())),
    bad("a secp256k1 key of 64 bytes", publicKey("stream-secp256k1", STREAM, SECP256K1, point.slice(1))),
    bad(
      "a compressed secp256k1 key",
      publicKey("stream-secp256k1", STREAM, SECP256K1, Uint8Array.of(2, ...point.slice(1, 33))),
    ),
    bad(
      "a secp256k1 key off the curve",
      publicKey("stream-secp256k1", STREAM, SECP256K1, point.with(64, (point[64] ?? 0) ^ 1)),
    ),
    bad(
      "a hybrid secp256k1 key",
      publicKey("response-secp256k1", RESPONSE, SECP256K1, point.with(0, 6 + ((point[64] ?? 0) & 1))),
    ),
    bad("an X25519 key of 33 bytes", publicKey("e2ee-x25519", E2EE, X25519, Uint8Array.of(...x25519, 0))),
    bad("a P-256 key as a bare point", publicKey("tls-p256", TLS, P256, spki.slice(26))),
    bad("a P-256 key that names another curve", publicKey("tls-p256", TLS, P256, spki.with(22, 8))),
    ...SMALL_ORDER_ED25519.map((encoding) =>
      bad(
        `an Ed25519 key of small order, ${encoding.slice(0, 4)}...${encoding.slice(60)}`,
        publicKey("stream-ed25519", STREAM, ED25519, Buffer.from(encoding, "hex")),
      ),
    ),
    raw("no serialised keyset", "keyset.malformed", Uint8Array.of(0x0a, 0x7f)),
    raw("no bytes", "keyset.malformed", new Uint8Array()),
    raw("a keyset, truncated", "keyset.malformed", serialiseKeyset([stream]).slice(0, 20)),
    raw(
      "an unknown field of the keyset is kept in the digest",
      null,
      Uint8Array.of(...unknownField(), ...serialiseKeyset([stream])),
    ),
  ];
}

function keyset(name: string, code: string | null, keys: readonly PublicKey[]): KeysetVector {
  return raw(name, code, serialiseKeyset(keys));
}

function raw(name: string, code: string | null, bytes: Uint8Array): KeysetVector {
  return { name, bytes: hex(bytes), digest: hex(sha256(bytes)), code };
}

/** A field of a later version: number 500, length-delimited. */
function unknownField(): Uint8Array {
  const known = toBinary(KeysetSchema, create(KeysetSchema));
  return Uint8Array.of(...known, 0xa2, 0x1f, 0x02, 0xca, 0xfe);
}

function p256Spki(label: string): Uint8Array {
  const prefix = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");
  return Uint8Array.of(...prefix, ...p256.getPublicKey(testSecret(label), false));
}

/** y = 2 is on no point of edwards25519. */
function notOnEdwards(): Uint8Array {
  return Uint8Array.of(2, ...new Uint8Array(31));
}
