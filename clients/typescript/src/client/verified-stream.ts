import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { CountersignError } from "../errors/index.ts";
import {
  createTranscriptVerifier,
  IncompleteError,
  type StreamEvent,
  type TranscriptVerifier,
  type VerifiedSeal,
} from "../verify/index.ts";
import { callError } from "./call-error.ts";
import type { CallScope } from "./call-scope.ts";
import type { PreparedCall, Request } from "./prepared-call.ts";
import { openCallError } from "./sealed-call-error.ts";

/**
 * An answer that is verified while it arrives. It can be read once; reading starts the call.
 *
 * Each chunk was verified before it was decoded. Only when the loop ends by itself is the answer complete: a stream
 * that is cut off, altered, or sealed as incomplete throws. `break` and `return` cancel the call at the gateway.
 * Nothing of a chunk is kept after it was handed out.
 */
export interface VerifiedStream<T> extends AsyncIterable<T> {
  /** Settles when reading ends: the seal of a complete answer, or the error that reading threw. */
  readonly seal: Promise<VerifiedSeal>;
  /** Whether the caller vouches for the signing keys, by pin or by bytes. */
  readonly pinned: boolean;
  /** Whether verified evidence of the connections vouches for the signing keys: with `attestedKeyset()`. */
  readonly attested: boolean;
  /** Number of chunks verified so far. */
  readonly chunkCount: bigint;
  /** Sequence of the last chunk that a verified checkpoint covers; 0 before the first. */
  readonly checkpointed: bigint;
  /** Id of the receipt, known once the gateway has accepted the request. */
  readonly receiptId: string | undefined;
  /** Reads to the end and returns the text of the first choice. This does hold the text. */
  text(): Promise<string>;
}

/** What a stream is made of. */
export interface StreamParts<Desc extends DescMessage> {
  readonly scope: CallScope;
  readonly pinned: boolean;
  readonly attested: boolean;
  /** Type of a chunk's payload. */
  readonly payload: Desc;
  /** Learns the trusted keyset, and so what to send and to expect. */
  readonly prepare: () => Promise<PreparedCall>;
  /** Starts the call. */
  readonly open: (request: Request) => AsyncIterable<{ readonly event: StreamEvent }>;
  /** The text a chunk adds to the first choice. */
  readonly textOf: (chunk: MessageShape<Desc>) => string;
  /** Hears of every failure of verification or of the call. */
  readonly onError: (error: CountersignError) => void;
}

/** Joins a call and its verifier. */
export function createVerifiedStream<Desc extends DescMessage>(
  parts: StreamParts<Desc>,
): VerifiedStream<MessageShape<Desc>> {
  const { scope } = parts;
  const seal = Promise.withResolvers<VerifiedSeal>();
  // Whoever iterates gets the error there; a seal nobody awaits must not count as an unhandled rejection.
  seal.promise.catch(() => {});
  let call: PreparedCall | undefined;
  let verifier: TranscriptVerifier | undefined;
  let messages: AsyncIterator<{ readonly event: StreamEvent }> | undefined;
  let isTaken = false;
  let isOver = false;

  async function fail(error: unknown): Promise<CountersignError> {
    isOver = true;
    const ofCall = callError(error, scope.signal);
    const failure = withSeal(call?.answer === undefined ? ofCall : await openCallError(ofCall, call.answer), verifier);
    seal.reject(failure);
    parts.onError(failure);
    // Verification failed while the gateway may still be sending: tell it to stop.
    scope.abort(failure);
    return failure;
  }

  async function advance(): Promise<IteratorResult<MessageShape<Desc>, undefined>> {
    call ??= await parts.prepare();
    verifier ??= createTranscriptVerifier(call.exchange);
    messages ??= parts.open(call.request)[Symbol.asyncIterator]();
    for (;;) {
      const next = await messages.next();
      if (next.done === true) {
        const final = verifier.end();
        call.answer?.end();
        isOver = true;
        seal.resolve(final);
        return { done: true, value: undefined };
      }
      const payload = verifier.take(next.value.event);
      if (payload === undefined) continue;
      // Only now that its running hash was compared.
      const message = call.answer === undefined ? payload : await call.answer.take(payload);
      if (message !== undefined) return { done: false, value: decodePayload(parts.payload, message) };
    }
  }

  const iterator: AsyncIterator<MessageShape<Desc>, undefined> = {
    async next() {
      if (isOver) return { done: true, value: undefined };
      try {
        return await advance();
      } catch (error) {
        throw await fail(error);
      }
    },
    async return() {
      if (!isOver) {
        isOver = true;
        const cancelled = new CountersignError("call.cancelled", "the reader left before the end of the answer");
        seal.reject(cancelled);
        scope.abort(cancelled);
        // A client stream is not cancelled by leaving its loop; the aborted signal cancels it, and this waits for that.
        await messages?.next().catch(() => {});
      }
      return { done: true, value: undefined };
    },
  };

  const stream: VerifiedStream<MessageShape<Desc>> = {
    seal: seal.promise,
    pinned: parts.pinned,
    attested: parts.attested,
    get chunkCount() {
      return verifier?.chunkCount ?? 0n;
    },
    get checkpointed() {
      return verifier?.checkpointed ?? 0n;
    },
    get receiptId() {
      return verifier?.accepted?.receiptId;
    },
    [Symbol.asyncIterator]() {
      if (isTaken) throw new CountersignError("input.invalid", "a verified stream can be read once");
      isTaken = true;
      return iterator;
    },
    async text() {
      let text = "";
      for await (const chunk of stream) text += parts.textOf(chunk);
      return text;
    },
  };
  return stream;
}

/**
 * Decodes bytes that were verified before.
 *
 * @throws CountersignError `message.malformed`
 */
export function decodePayload<Desc extends DescMessage>(schema: Desc, payload: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, payload);
  } catch (cause) {
    throw new CountersignError("message.malformed", "a verified payload is not a serialised message", { cause });
  }
}

/** A gateway may close a sealed, incomplete stream with an error of the call: the seal says more. */
function withSeal(error: CountersignError, verifier: TranscriptVerifier | undefined): CountersignError {
  const seal = verifier?.seal;
  const isOfCall = error.code.startsWith("call.");
  if (seal === undefined || seal.status === "complete" || !isOfCall) return error;
  return new IncompleteError(seal, { cause: error });
}
