import { crypto, type HashAlgorithm } from "../crypto/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure } from "../verdict/index.ts";
import { type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";

/** Evidence in the form of interoperable RA-TLS: `60000([quote, claims])`. */
export interface TcgEvidence {
  readonly quote: Uint8Array;
  /** The claims buffer: what the quote's report data is the hash of. */
  readonly claims: Uint8Array;
}

/** What a claims buffer states. */
export interface TcgClaims {
  /** Digest of the leaf's SubjectPublicKeyInfo. */
  readonly publicKeyHash: { readonly hash: HashAlgorithm; readonly value: Uint8Array };
  /** The nonce the quote was made for; undefined if it was made for nobody in particular. */
  readonly nonce: Uint8Array | undefined;
}

/** CBOR tag of a TEE quote with its claims. */
export const TCG_QUOTE_TAG = 60_000;
/** Hash names of the IANA registry "Named Information Hash Algorithm". */
const HASHES: Readonly<Record<number, HashAlgorithm>> = { 1: "sha256", 7: "sha384", 8: "sha512" };
const HASH_BYTES: Readonly<Record<HashAlgorithm, number>> = { sha256: 32, sha384: 48, sha512: 64 };
const KEY_CLAIM = "pubkey-hash";
const NONCE_CLAIM = "nonce";

/** Serialises evidence for the extension 2.23.133.5.4.9. */
export function encodeTcgEvidence({ quote, claims }: TcgEvidence): Uint8Array {
  return encodeCbor({ tag: TCG_QUOTE_TAG, value: [quote, claims] });
}

/**
 * Reads the extension 2.23.133.5.4.9. Two conventions share that identifier, and tags tell them apart: anything but a
 * quote with claims is refused.
 *
 * @param bytes attacker-controlled
 * @throws CheckFailure
 */
export function decodeTcgEvidence(bytes: Uint8Array): TcgEvidence {
  const outer = decodeCbor(bytes);
  if (!isTagged(outer) || outer.tag !== TCG_QUOTE_TAG) {
    throw new CheckFailure(
      "the evidence extension holds something else than a TEE quote with claims (CBOR tag 60000)",
      "serve evidence in that form; legacy reports and other conceptual messages are not verified",
    );
  }
  const { value } = outer;
  const [quote, claims] = Array.isArray(value) ? value : [];
  if (!Array.isArray(value) || value.length !== 2 || !isBytes(quote) || !isBytes(claims)) {
    throw CheckFailure.malformed("the evidence is not an array of a quote and a claims buffer");
  }
  return { quote, claims };
}

/** Serialises claims about a leaf's key, under SHA-256. */
export function encodeTcgClaims(spki: Uint8Array, nonce?: Uint8Array): Uint8Array {
  // The entry is a byte string of its own encoding, not a nested array.
  const entry = encodeCbor([1, crypto.digest("sha256", spki)]);
  const claims = new Map<string, CborValue>([[KEY_CLAIM, entry]]);
  if (nonce !== undefined) claims.set(NONCE_CLAIM, nonce);
  return encodeCbor(claims);
}

/**
 * Reads a claims buffer. Claims beside the two known ones are nobody's business here and are ignored; the quote covers
 * them all the same.
 *
 * @param bytes attacker-controlled until the quote that covers them is verified
 * @throws CheckFailure
 */
export function decodeTcgClaims(bytes: Uint8Array): TcgClaims {
  const claims = decodeCbor(bytes);
  if (!(claims instanceof Map)) throw CheckFailure.malformed("the claims are not a map");
  const encoded: CborValue | undefined = claims.get(KEY_CLAIM);
  const nonce: CborValue | undefined = claims.get(NONCE_CLAIM);
  if (!isBytes(encoded)) throw CheckFailure.malformed(`the claims have no \`${KEY_CLAIM}\` of bytes`);
  if (nonce !== undefined && !isBytes(nonce)) throw CheckFailure.malformed("the claims' nonce is not bytes");
  const entry = decodeCbor(encoded);
  const [algorithm, value] = Array.isArray(entry) ? entry : [];
  if (!Array.isArray(entry) || entry.length !== 2 || typeof algorithm !== "number" || !isBytes(value)) {
    throw CheckFailure.malformed(`\`${KEY_CLAIM}\` is not an algorithm and a digest`);
  }
  const hash = HASHES[algorithm];
  if (hash === undefined || value.length !== HASH_BYTES[hash]) {
    throw new CheckFailure(`\`${KEY_CLAIM}\` is not a digest under SHA-256, SHA-384 or SHA-512`);
  }
  return { publicKeyHash: { hash, value }, nonce };
}

/** Whether the claims are about this key. */
export function claimsName({ publicKeyHash: { hash, value } }: TcgClaims, spki: Uint8Array): boolean {
  return equalBytes(crypto.digest(hash, spki), value);
}

function isBytes(value: CborValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array;
}

function isTagged(value: CborValue): value is { readonly tag: number; readonly value: CborValue } {
  return typeof value === "object" && "tag" in value;
}
