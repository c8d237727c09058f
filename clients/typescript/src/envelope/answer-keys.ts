import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { label, u64 } from "./binary.ts";

/** Length of the salt of an answer. Bytes. */
export const SALT_BYTES = 32;
/** Length of the secret both sides export for the answer. Bytes. */
export const ANSWER_SECRET_BYTES = 32;
/** Exporter context of that secret (RFC 9180, 5.3). */
export const ANSWER_EXPORT = utf8ToBytes("countersign.envelope.v1 response");

const NONCE_BYTES = 12;
const CHUNK = label("chunk");
const ERROR = label("error");

/** What the answer to one request is sealed under, before the gateway has chosen a salt. */
export interface AnswerSecret {
  /** Exported from the HPKE context of the request, 32 bytes. */
  readonly secret: Uint8Array;
  /** `enc` of the request, 32 bytes. */
  readonly encapsulatedKey: Uint8Array;
  /** `context`, 32 bytes. */
  readonly context: Uint8Array;
  /** `q`, 32 bytes. */
  readonly requestDigest: Uint8Array;
}

/** Key and nonces of one answer. */
export interface AnswerKeys {
  /** AES-256-GCM key, 32 bytes. */
  readonly key: Uint8Array<ArrayBuffer>;
  /** The nonce of chunk `sequence`, from 1; 0 is that of an error. 12 bytes. */
  nonce(sequence: bigint): Uint8Array<ArrayBuffer>;
  /** The additional data of chunk `sequence`, or of an error. */
  aad(sequence: bigint): Uint8Array<ArrayBuffer>;
}

/** Derives as RFC 9458, 4.4. */
export function answerKeys(answer: AnswerSecret, salt: Uint8Array): AnswerKeys {
  const { secret, encapsulatedKey, context, requestDigest } = answer;
  const prk = extract(sha256, secret, concatBytes(encapsulatedKey, salt));
  const base = expand(sha256, prk, utf8ToBytes("nonce"), NONCE_BYTES);
  const chunkAad = new Uint8Array(concatBytes(CHUNK, context, requestDigest, u64(0n)));
  return {
    key: new Uint8Array(expand(sha256, prk, utf8ToBytes("key"), 32)),
    nonce(sequence) {
      const nonce = new Uint8Array(base);
      const view = new DataView(nonce.buffer);
      view.setBigUint64(NONCE_BYTES - 8, view.getBigUint64(NONCE_BYTES - 8) ^ sequence);
      return nonce;
    },
    aad(sequence) {
      if (sequence === 0n) return new Uint8Array(concatBytes(ERROR, context, requestDigest));
      const aad = chunkAad.slice();
      new DataView(aad.buffer).setBigUint64(aad.length - 8, sequence);
      return aad;
    },
  };
}
