import type { Accepted, Checkpoint, Chunk, Seal } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { createRunningHash, equalBytes } from "../transcript/index.ts";
import { verifyAccepted } from "./accepted.ts";
import { verifyCheckpoint } from "./checkpoint.ts";
import type { Exchange } from "./exchange.ts";
import { IncompleteError } from "./incomplete-error.ts";
import { verifySeal } from "./seal.ts";
import type { VerifiedSeal } from "./verified-seal.ts";

/** The oneof that every streaming method's response messages carry. */
export type StreamEvent =
  | { readonly case: "accepted"; readonly value: Accepted }
  | { readonly case: "chunk"; readonly value: Chunk }
  | { readonly case: "checkpoint"; readonly value: Checkpoint }
  | { readonly case: "seal"; readonly value: Seal }
  | { readonly case: undefined; readonly value?: undefined };

/** Verifies one stream, message by message. Keeps digests and counts, never content. */
export interface TranscriptVerifier {
  /** What the first message said, once it came and was verified. */
  readonly accepted: Accepted | undefined;
  /** Number of chunks verified. */
  readonly chunkCount: bigint;
  /** Sequence of the last chunk a verified checkpoint covers; 0 before the first. */
  readonly checkpointed: bigint;
  /** The seal, once it came and was verified. It is final only when {@link end} has returned it. */
  readonly seal: VerifiedSeal | undefined;
  /**
   * Takes the next message.
   *
   * @returns the payload of a chunk, verified and safe to decode; undefined for every other message
   * @throws CountersignError naming the failed check; after that the verifier is spent and throws the same again
   */
  take(event: StreamEvent): Uint8Array | undefined;
  /**
   * Says that the stream has ended without an error of the transport.
   *
   * @returns the seal of a complete answer
   * @throws CountersignError `seal.missing`; {@link IncompleteError} if the seal says that the answer is not complete
   */
  end(): VerifiedSeal;
}

/** Starts verifying the response stream of one exchange. */
export function createTranscriptVerifier(exchange: Exchange): TranscriptVerifier {
  const transcript = createRunningHash(exchange.requestDigest);
  let accepted: Accepted | undefined;
  let seal: VerifiedSeal | undefined;
  let chunkCount = 0n;
  let checkpointed = 0n;
  let failure: { readonly error: unknown } | undefined;

  function takeChunk(chunk: Chunk): Uint8Array {
    if (chunk.sequence !== chunkCount + 1n) {
      throw new CountersignError("transcript.sequence", `chunk ${chunk.sequence} came after chunk ${chunkCount}`);
    }
    if (!equalBytes(transcript.absorb(chunk.payload), chunk.runningHash)) {
      throw new CountersignError(
        "transcript.hash",
        `chunk ${chunk.sequence} has another running hash than computed here`,
      );
    }
    chunkCount += 1n;
    return chunk.payload;
  }

  function dispatch(event: StreamEvent): Uint8Array | undefined {
    if (event.case === undefined) throw new CountersignError("message.malformed", "a message names no event");
    if (seal !== undefined) throw new CountersignError("stream.after_seal", `${event.case} came after the seal`);
    if (event.case === "accepted") {
      if (accepted !== undefined) throw new CountersignError("stream.accepted", "a second first message came");
      verifyAccepted(event.value, exchange);
      accepted = event.value;
      return undefined;
    }
    if (accepted === undefined) {
      throw new CountersignError("stream.accepted", `the stream began with ${event.case} instead of accepted`);
    }
    switch (event.case) {
      case "chunk":
        return takeChunk(event.value);
      case "checkpoint":
        verifyCheckpoint(event.value, exchange, chunkCount, transcript.value);
        checkpointed = chunkCount;
        return undefined;
      case "seal":
        seal = verifySeal(event.value, exchange, transcript, accepted);
        return undefined;
    }
  }

  return {
    get accepted() {
      return accepted;
    },
    get chunkCount() {
      return chunkCount;
    },
    get checkpointed() {
      return checkpointed;
    },
    get seal() {
      return seal;
    },
    take(event) {
      if (failure !== undefined) throw failure.error;
      try {
        return dispatch(event);
      } catch (error) {
        failure = { error };
        throw error;
      }
    },
    end() {
      if (failure !== undefined) throw failure.error;
      if (seal === undefined) {
        throw new CountersignError("seal.missing", `the stream ended after ${chunkCount} chunks without a seal`);
      }
      if (seal.status !== "complete") throw new IncompleteError(seal);
      return seal;
    },
  };
}
