import { fromBinary } from "@bufbuild/protobuf";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { CountersignError } from "../../clients/typescript/src/errors/index.ts";
import { checkpointText, createRunningHash, requestDigest } from "../../clients/typescript/src/transcript/index.ts";
import { createTranscriptVerifier, IncompleteError, verifyUnary } from "../../clients/typescript/src/verify/index.ts";
import { ChatChunkSchema, ChatResultSchema } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import {
  ChatResponseSchema,
  StreamChatResponseSchema,
} from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { exchangeOf, transcriptFile } from "./support/vectors.ts";

/** Plays a stream into a verifier as a client does: decode the message, verify, decode the payload. */
function play(exchange: ReturnType<typeof exchangeOf>, messages: readonly string[]) {
  const verifier = createTranscriptVerifier(exchange);
  const payloads: string[] = [];
  let error: unknown;
  try {
    for (const message of messages) {
      const payload = verifier.take(decoded(() => fromBinary(StreamChatResponseSchema, hexToBytes(message)).event));
      if (payload === undefined) continue;
      decoded(() => fromBinary(ChatChunkSchema, payload));
      payloads.push(bytesToHex(payload));
    }
    verifier.end();
  } catch (caught) {
    error = caught;
  }
  return { verifier, payloads, error };
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new CountersignError("message.malformed", "not a serialised message", { cause });
  }
}

function codeOf(error: unknown): string | null {
  if (error === undefined) return null;
  if (error instanceof CountersignError) return error.code;
  throw error;
}

describe("honest streams of the shared vectors", () => {
  it.each(transcriptFile.transcripts.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    const q = requestDigest(hexToBytes(vector.call.request_payload));
    const transcript = createRunningHash(q);
    expect(bytesToHex(q)).toBe(vector.request_digest);
    expect(bytesToHex(transcript.value)).toBe(vector.initial_hash);
    expect(vector.payloads.map((payload) => bytesToHex(transcript.absorb(hexToBytes(payload))))).toEqual(
      vector.running_hashes,
    );
    expect(bytesToHex(transcript.bodyDigest())).toBe(vector.body_digest);
    expect(transcript.count).toBe(BigInt(vector.payloads.length));
    for (const checkpoint of vector.checkpoints) {
      const runningHash = hexToBytes(checkpoint.running_hash);
      expect(checkpointText({ requestDigest: q, sequence: BigInt(checkpoint.sequence), runningHash })).toBe(
        checkpoint.text,
      );
    }

    const { verifier, payloads, error } = play(exchangeOf(vector.call, transcriptFile.keyset), vector.messages);
    expect(codeOf(error)).toBe(vector.code);
    expect(payloads).toEqual(vector.payloads);
    expect(verifier.seal?.signedText).toBe(vector.signed_text);
    expect(verifier.seal?.status).toBe(vector.status);
    expect(verifier.checkpointed).toBe(BigInt(vector.checkpoints.at(-1)?.sequence ?? 0));
    if (error instanceof IncompleteError) expect(error.seal).toBe(verifier.seal);
  });
});

describe("streams of the shared vectors that a client refuses", () => {
  it.each(transcriptFile.negatives.map((vector) => [`${vector.name}: ${vector.code}`, vector] as const))(
    "%s",
    (_, vector) => {
      const { payloads, error } = play(exchangeOf(vector.call, vector.keyset), vector.messages);
      expect(codeOf(error)).toBe(vector.code);
      expect(payloads).toHaveLength(vector.verified_chunks);
    },
  );

  it("stays refused: a spent verifier repeats its error whatever comes", () => {
    const vector = transcriptFile.negatives.find(({ code }) => code === "transcript.hash");
    if (vector === undefined) throw new Error("no such vector");
    const { verifier, error } = play(exchangeOf(vector.call, vector.keyset), vector.messages);
    for (const message of vector.messages) {
      const { event } = fromBinary(StreamChatResponseSchema, hexToBytes(message));
      expect(() => verifier.take(event)).toThrow(error as Error);
    }
    expect(() => verifier.end()).toThrow(error as Error);
  });
});

describe("unary answers of the shared vectors", () => {
  it.each(transcriptFile.unary.map((vector) => [`${vector.name}: ${vector.code ?? "verifies"}`, vector] as const))(
    "%s",
    (_, vector) => {
      let error: unknown;
      try {
        const response = fromBinary(ChatResponseSchema, hexToBytes(vector.response));
        verifyUnary(response, exchangeOf(vector.call, transcriptFile.keyset));
        decoded(() => fromBinary(ChatResultSchema, response.payload));
      } catch (caught) {
        error = caught;
      }
      expect(codeOf(error)).toBe(vector.code);
    },
  );
});
