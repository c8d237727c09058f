import { fromBinary } from "@bufbuild/protobuf";
import {
  type ErrorDetails,
  ErrorDetailsSchema,
  type SealedError,
} from "../../../../gen/ts/countersign/envelope/v1/envelope_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { type AnswerKeys, type AnswerSecret, answerKeys, SALT_BYTES } from "./answer-keys.ts";
import { readChunkPlaintext, readErrorPlaintext } from "./frame.ts";
import { TAG_BYTES } from "./suite.ts";

/** Opens the answer to one request, chunk by chunk. Keeps keys and a count, never content. */
export interface AnswerOpener {
  /**
   * Opens the payload of the next chunk. Only of one whose running hash was compared: give it the verifier's word.
   *
   * @returns the serialised message; undefined for a final chunk without one
   * @throws CountersignError `envelope.chunk`, `envelope.frame`
   */
  take(payload: Uint8Array): Promise<Uint8Array | undefined>;
  /**
   * Says that the answer is complete by its seal.
   *
   * @throws CountersignError `envelope.truncated` if the final chunk has not come
   */
  end(): void;
  /**
   * Opens what an error says to the caller alone.
   *
   * @throws CountersignError `envelope.error`
   */
  error(sealed: SealedError): Promise<ErrorDetails>;
}

/** Starts opening an answer. */
export function createAnswerOpener(answer: AnswerSecret): AnswerOpener {
  let open: Awaited<ReturnType<typeof opening>> | undefined;
  let sequence = 0n;
  let isComplete = false;

  return {
    async take(payload) {
      if (isComplete) throw new CountersignError("envelope.frame", "a chunk came after the final one");
      sequence += 1n;
      const at = sequence;
      let ciphertext = payload;
      if (open === undefined) {
        if (payload.length < SALT_BYTES + TAG_BYTES) throw doesNotOpen(at);
        open = await opening(answerKeys(answer, payload.subarray(0, SALT_BYTES)));
        ciphertext = payload.subarray(SALT_BYTES);
      }
      const plaintext = await open(at, ciphertext);
      if (plaintext === undefined) throw doesNotOpen(at);
      const frame = readChunkPlaintext(plaintext);
      if (frame === undefined) {
        throw new CountersignError(
          "envelope.frame",
          `chunk ${at} opens to something that breaks the rules of its form`,
        );
      }
      isComplete = frame.isFinal;
      return frame.isFinal && frame.content.length === 0 ? undefined : frame.content;
    },
    end() {
      if (isComplete) return;
      throw new CountersignError("envelope.truncated", `the answer ended after ${sequence} chunks, none of them final`);
    },
    async error({ salt, ciphertext }) {
      const failed = (): CountersignError =>
        new CountersignError("envelope.error", "the call failed, and the details of the error do not open");
      if (salt.length !== SALT_BYTES) throw failed();
      const plaintext = await (await opening(answerKeys(answer, salt)))(0n, ciphertext);
      const details = plaintext && readErrorPlaintext(plaintext);
      if (details === undefined) throw failed();
      try {
        return fromBinary(ErrorDetailsSchema, details);
      } catch {
        throw failed();
      }
    },
  };
}

function doesNotOpen(sequence: bigint): CountersignError {
  return new CountersignError("envelope.chunk", `chunk ${sequence} does not open with the key of this answer`);
}

/** Opens what was sealed under these keys; undefined for what was not. */
async function opening(keys: AnswerKeys) {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey("raw", keys.key, "AES-GCM", false, ["decrypt"]);
  return async (sequence: bigint, ciphertext: Uint8Array): Promise<Uint8Array | undefined> => {
    const algorithm = { name: "AES-GCM", iv: keys.nonce(sequence), additionalData: keys.aad(sequence) };
    try {
      // A copy: WebCrypto's types exclude shared memory.
      return new Uint8Array(await subtle.decrypt(algorithm, key, new Uint8Array(ciphertext)));
    } catch {
      return undefined;
    }
  };
}
