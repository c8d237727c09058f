import { createHash, type Hash, hash } from "node:crypto";

/** Length of every digest of the transcript. Bytes. */
export const DIGEST_BYTES = 32;

const STREAM_DOMAIN = Buffer.from("countersign.stream.v1\0");

/** SHA-256 of `bytes`, 32 bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return hash("sha256", bytes, "buffer");
}

/**
 * The running hash of one stream, as the normative text in countersign/transcript/v1/transcript.proto defines it.
 * The author's side: hashes what is about to be sent.
 */
export class Transcript {
  /** q, 32 bytes. */
  readonly requestDigest: Buffer;
  /** n, chunks absorbed so far. */
  count = 0;
  /** Payload bytes absorbed so far. */
  payloadBytes = 0;
  #running: Buffer;
  readonly #body: Hash = createHash("sha256");

  /** `payload`: the request payload exactly as the caller sent it. */
  constructor(payload: Uint8Array) {
    this.requestDigest = sha256(payload);
    this.#running = sha256(Buffer.concat([STREAM_DOMAIN, this.requestDigest]));
  }

  /** h_n, 32 bytes. */
  get runningHash(): Buffer {
    return this.#running;
  }

  /**
   * Absorbs the next chunk and returns h_i. `linked` holds DIGEST_BYTES of space followed by the payload, so that
   * h_{i-1} ‖ payload_i is hashed in one call without another copy; the space is overwritten.
   */
  absorb(linked: Uint8Array): Buffer {
    linked.set(this.#running);
    this.#running = sha256(linked);
    this.#body.update(linked.subarray(DIGEST_BYTES));
    this.count++;
    this.payloadBytes += linked.length - DIGEST_BYTES;
    return this.#running;
  }

  /** b over everything absorbed so far, 32 bytes. */
  bodyDigest(): Buffer {
    return this.#body.copy().digest();
  }
}

/** The text a checkpoint signs. */
export function checkpointText(requestDigest: Buffer, sequence: number, runningHash: Buffer): string {
  return `countersign.checkpoint.v1:${requestDigest.toString("hex")}:${sequence}:${runningHash.toString("hex")}`;
}

/** The text a seal signs. */
export function sealText(
  status: string,
  requestDigest: Buffer,
  count: number,
  finalHash: Buffer,
  metadata: Uint8Array,
): string {
  const metadataDigest = hash("sha256", metadata, "hex");
  return `countersign.stream.v1:${status}:${requestDigest.toString("hex")}:${count}:${finalHash.toString("hex")}:${metadataDigest}`;
}
