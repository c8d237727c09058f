import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { DIGEST_BYTES } from "./digest.ts";

/** Version of the transcript. First part of `h_0` and of the seal's signed text. */
export const STREAM_VERSION = "countersign.stream.v1";

const START = Uint8Array.of(...utf8ToBytes(STREAM_VERSION), 0x00);

/** The state of one transcript: a chain over the chunks, and the plain digest of the same bytes. */
export interface RunningHash {
  /** Number of chunks absorbed, `i`. */
  readonly count: bigint;
  /** `h_i`, 32 bytes; a copy. Before the first chunk `h_0`. */
  readonly value: Uint8Array;
  /**
   * Takes the exact payload bytes of the next chunk.
   *
   * @returns the new `h_i`, 32 bytes
   */
  absorb(payload: Uint8Array): Uint8Array;
  /** `b` over the chunks so far: SHA-256(payload_1 ‖ ... ‖ payload_i), 32 bytes. More chunks may follow. */
  bodyDigest(): Uint8Array;
}

/**
 * Starts a transcript:
 *
 * ```
 * h_0 = SHA-256("countersign.stream.v1" ‖ 0x00 ‖ q)
 * h_i = SHA-256(h_{i-1} ‖ payload_i)
 * ```
 *
 * Keeps two hash states and nothing of the payloads.
 *
 * @param request the request digest `q`, 32 bytes
 * @throws RangeError if `request` is not 32 bytes
 */
export function createRunningHash(request: Uint8Array): RunningHash {
  if (request.length !== DIGEST_BYTES) throw new RangeError(`a request digest is 32 bytes, not ${request.length}`);
  const body = sha256.create();
  let value: Uint8Array = sha256.create().update(START).update(request).digest();
  let count = 0n;

  return {
    get count() {
      return count;
    },
    get value() {
      return value.slice();
    },
    absorb(payload) {
      value = sha256.create().update(value).update(payload).digest();
      body.update(payload);
      count += 1n;
      return value.slice();
    },
    bodyDigest: () => body.clone().digest(),
  };
}
