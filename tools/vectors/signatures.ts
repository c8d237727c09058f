import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { eip191, hex, sha256, signDigest, utf8 } from "./authority.ts";
import { AUTHORITY } from "./defaults.ts";
import { SMALL_ORDER_ED25519 } from "./keysets.ts";

/** A signature to be judged. Binary is lower-case hex. */
export interface SignatureVector {
  readonly name: string;
  readonly text: string;
  readonly public_key: string;
  readonly signature: string;
  readonly valid: boolean;
}

/** A REST text to be read. */
export interface ResponseTextVector {
  readonly text: string;
  /** null: the text has none of the known forms. Numbers as decimal strings. */
  readonly parsed: Readonly<Record<string, string>> | null;
}

const A = "a".repeat(64);
const B = "b".repeat(64);
const TEXT = `test-model:${A}:${B}`;

/** ECDSA signatures, good and bad. */
export function ecdsaVectors(): SignatureVector[] {
  const key = AUTHORITY.streamEcdsa;
  const honest = key.sign(TEXT);
  const r = honest.subarray(0, 32);
  const s = honest.subarray(32, 64);
  const order = Buffer.from(secp256k1.Point.Fn.ORDER.toString(16), "hex");
  const v = honest[64] ?? 0;
  const vector = (
    name: string,
    valid: boolean,
    signature: Uint8Array,
    text = TEXT,
    publicKey = key.publicKey.value,
  ): SignatureVector => ({
    name,
    text,
    public_key: hex(publicKey),
    signature: hex(signature),
    valid,
  });
  return [
    vector("honest", true, honest),
    vector("honest, empty text", true, key.sign(""), ""),
    vector("honest, text outside ASCII: the length counts UTF-8 bytes", true, key.sign("モデル:ü"), "モデル:ü"),
    vector("another text", false, honest, `${TEXT}0`),
    vector("another key", false, honest, TEXT, AUTHORITY.responseEcdsa.publicKey.value),
    vector("v swapped", false, honest.with(64, 55 - v)),
    vector("v 0", false, honest.with(64, 0)),
    vector("v 1", false, honest.with(64, 1)),
    vector("v 29: r plus the order", false, honest.with(64, 29)),
    vector("high s", false, Uint8Array.of(...r, ...highHalf(s), 55 - v)),
    vector("high s, v kept", false, Uint8Array.of(...r, ...highHalf(s), v)),
    vector("r 0", false, Uint8Array.of(...new Uint8Array(32), ...s, v)),
    vector("s 0", false, Uint8Array.of(...r, ...new Uint8Array(32), v)),
    vector("r the group order", false, Uint8Array.of(...order, ...s, v)),
    vector("s the group order", false, Uint8Array.of(...r, ...order, v)),
    vector("64 bytes", false, honest.slice(0, 64)),
    vector("66 bytes", false, Uint8Array.of(...honest, 0)),
    vector("empty", false, new Uint8Array()),
    vector("over SHA-256 instead of EIP-191", false, signDigest(key.secret, sha256(utf8(TEXT)))),
    vector("over bare Keccak-256 instead of EIP-191", false, signDigest(key.secret, keccak_256(utf8(TEXT)))),
    vector("the key without 0x04", false, honest, TEXT, key.publicKey.value.slice(1)),
    vector("the key compressed", false, honest, TEXT, secp256k1.getPublicKey(key.secret, true)),
  ];
}

/** Ed25519 signatures, good and bad. */
export function ed25519Vectors(): SignatureVector[] {
  const key = AUTHORITY.streamEd25519;
  const honest = key.sign(TEXT);
  const vector = (
    name: string,
    valid: boolean,
    signature: Uint8Array,
    text = TEXT,
    publicKey = key.publicKey.value,
  ): SignatureVector => ({
    name,
    text,
    public_key: hex(publicKey),
    signature: hex(signature),
    valid,
  });
  // With a key of small order, R = the identity and S = 0 satisfy the equation for many texts.
  const universal = Uint8Array.of(1, ...new Uint8Array(63));
  return [
    vector("honest", true, honest),
    vector("honest, empty text", true, key.sign(""), ""),
    vector("honest, text outside ASCII", true, key.sign("モデル:ü"), "モデル:ü"),
    vector("another text", false, honest, `${TEXT}0`),
    vector("another key", false, honest, TEXT, AUTHORITY.responseEd25519.publicKey.value),
    vector("R altered", false, honest.with(0, (honest[0] ?? 0) ^ 1)),
    vector("S altered", false, honest.with(32, (honest[32] ?? 0) ^ 1)),
    vector("S plus the group order", false, plusOrder(honest)),
    vector("63 bytes", false, honest.slice(0, 63)),
    vector("65 bytes", false, Uint8Array.of(...honest, 0)),
    vector("empty", false, new Uint8Array()),
    vector("over SHA-256 of the text", false, AUTHORITY.streamEd25519.sign(hex(sha256(utf8(TEXT))))),
    vector("a key of 31 bytes", false, honest, TEXT, key.publicKey.value.slice(1)),
    ...SMALL_ORDER_ED25519.map((encoding) =>
      vector(
        `a key of small order, ${encoding.slice(0, 4)}...${encoding.slice(60)}`,
        false,
        universal,
        TEXT,
        Buffer.from(encoding, "hex"),
      ),
    ),
  ];
}

/** Ethereum addresses of public keys, and the EIP-191 digests of texts. */
export function addressVectors(): { readonly public_key: string; readonly address: string }[] {
  return [AUTHORITY.streamEcdsa, AUTHORITY.responseEcdsa].map(({ publicKey }) => ({
    public_key: hex(publicKey.value),
    address: `0x${hex(keccak_256(publicKey.value.subarray(1)).subarray(12))}`,
  }));
}

/** EIP-191 digests. */
export function eip191Vectors(): { readonly text: string; readonly digest: string }[] {
  return ["", "a", TEXT, "モデル:ü", "😀".repeat(40)].map((text) => ({ text, digest: hex(eip191(text)) }));
}

/** REST texts, good and bad. */
export function responseTextVectors(): ResponseTextVector[] {
  const three = (model: string): ResponseTextVector => ({
    text: `${model}:${A}:${B}`,
    parsed: { form: "model-request-response", model, request: A, response: B },
  });
  const incomplete = (status: string, model: string, bytes: string): ResponseTextVector => ({
    text: `countersign.response.v1:${status}:${model}:${A}:${bytes}:${B}`,
    parsed: { form: "incomplete", status, model, request: A, bytes_sent: bytes, response: B },
  });
  const none = (text: string): ResponseTextVector => ({ text, parsed: null });
  return [
    { text: `${A}:${B}`, parsed: { form: "request-response", request: A, response: B } },
    three("test-model"),
    three("org/model:7b:q4"),
    three(":"),
    three("モデル ü"),
    three("a countersign. b"),
    three(A),
    incomplete("upstream_failed", "test-model", "0"),
    incomplete("cancelled", "org/model:7b:q4", "18446744073709551615"),
    incomplete("cancelled", "complete", "17"),
    none(""),
    none(A),
    none(`:${A}:${B}`),
    none(`${A}:${B}:`),
    none(` ${A}:${B}`),
    none(`${A}:${B}\n`),
    none(`test-model:${A}:${B}\n`),
    none(`test-model:${A.toUpperCase()}:${B}`),
    none(`test-model:${A}:${B.slice(1)}`),
    none(`test-model:${A}`),
    none(`test\nmodel:${A}:${B}`),
    none(`test\u0085model:${A}:${B}`),
    none(`countersign.model:${A}:${B}`),
    none(`countersign.response.v1:${A}:${B}`),
    none(`countersign.response.v1:complete:test-model:${A}:17:${B}`),
    none(`countersign.response.v1:failed:test-model:${A}:17:${B}`),
    none(`countersign.response.v1:cancelled:${A}:17:${B}`),
    none(`countersign.response.v1:cancelled:test-model:${A}:017:${B}`),
    none(`countersign.response.v1:cancelled:test-model:${A}:-1:${B}`),
    none(`countersign.response.v1:cancelled:test-model:${A}:123456789012345678901:${B}`),
    none(`countersign.response.v2:cancelled:test-model:${A}:17:${B}`),
    none(`countersign.stream.v1:complete:${A}:3:${A}:${B}`),
  ];
}

function highHalf(s: Uint8Array): Uint8Array {
  const high = secp256k1.Point.Fn.ORDER - BigInt(`0x${hex(s)}`);
  return Buffer.from(high.toString(16).padStart(64, "0"), "hex");
}

function plusOrder(signature: Uint8Array): Uint8Array {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${hex(signature.subarray(32).toReversed())}`) + order;
  return Uint8Array.of(...signature.subarray(0, 32), ...Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse());
}
