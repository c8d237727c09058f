import { createCipheriv, createSecretKey, randomBytes } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import {
  type AnswerSecret,
  answerKeys,
  chunkPlaintext,
  errorPlaintext,
  SALT_BYTES,
  TAG_BYTES,
} from "@countersign/client/envelope";
import { ErrorDetailsSchema, SealedErrorSchema } from "../../gen/ts/countersign/envelope/v1/envelope_pb.ts";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { rpcError } from "../errors/index.ts";
import { DIGEST_BYTES } from "../exchange/index.ts";

/** Seals the answer to one encrypted request. */
export interface AnswerSealer {
  /**
   * Seals the next chunk.
   *
   * @param linked DIGEST_BYTES of space and the message; undefined for a final chunk without one
   * @param isFinal whether the answer is complete with it
   * @returns DIGEST_BYTES of space and the sealed payload
   */
  chunk(linked: Uint8Array | undefined, isFinal: boolean): Buffer;
  /** The error that ends the call: what may quote content is for the caller alone. Once. */
  error(thrown: unknown): ConnectError;
}

const NOTHING = new Uint8Array();

/** Seals under keys that no other answer has: whatever repeats, the salt does not. */
export function createAnswerSealer(answer: AnswerSecret): AnswerSealer {
  const salt = randomBytes(SALT_BYTES);
  const keys = answerKeys(answer, salt);
  // Once: a key given as bytes is made into an object for each cipher, which costs four times the encryption.
  const key = createSecretKey(keys.key);
  let sequence = 0n;

  /** Writes ciphertext and tag behind what `target` holds already. */
  function seal(target: Buffer, offset: number, at: bigint, plaintext: Uint8Array): void {
    const cipher = createCipheriv("aes-256-gcm", key, keys.nonce(at)).setAAD(keys.aad(at));
    target.set(cipher.update(plaintext), offset);
    cipher.final();
    target.set(cipher.getAuthTag(), offset + plaintext.length);
  }

  return {
    chunk(linked, isFinal) {
      const content = linked === undefined ? NOTHING : linked.subarray(DIGEST_BYTES);
      const plaintext = chunkPlaintext({ content, isFinal });
      sequence += 1n;
      const start = DIGEST_BYTES + (sequence === 1n ? SALT_BYTES : 0);
      const sealed = Buffer.allocUnsafe(start + plaintext.length + TAG_BYTES);
      if (sequence === 1n) sealed.set(salt, DIGEST_BYTES);
      seal(sealed, start, sequence, plaintext);
      return sealed;
    },
    error(thrown) {
      const open = rpcError(thrown);
      const [info] = open.findDetails(ErrorInfoSchema);
      const [field] = open.findDetails(BadRequestSchema);
      const details = create(ErrorDetailsSchema, {
        reason: info?.reason ?? "",
        message: open.rawMessage,
        field: field?.fieldViolations[0]?.field ?? "",
        metadata: info?.metadata ?? {},
      });
      const plaintext = errorPlaintext(toBinary(ErrorDetailsSchema, details));
      const ciphertext = Buffer.allocUnsafe(plaintext.length + TAG_BYTES);
      seal(ciphertext, 0, 0n, plaintext);
      const text = "The call failed; what went wrong is encrypted to its caller";
      const closed = new ConnectError(text, open.code, undefined, undefined, open.cause);
      if (info !== undefined) {
        closed.details.push({ desc: ErrorInfoSchema, value: { reason: info.reason, domain: info.domain } });
      }
      for (const retry of open.findDetails(RetryInfoSchema)) {
        closed.details.push({ desc: RetryInfoSchema, value: retry });
      }
      closed.details.push({ desc: SealedErrorSchema, value: { salt, ciphertext } });
      return closed;
    },
  };
}
