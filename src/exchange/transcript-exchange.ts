import { create, toBinary } from "@bufbuild/protobuf";
import {
  type Accepted,
  AcceptedSchema,
  type Checkpoint,
  CheckpointSchema,
  type Constraints,
  ModelDigestKind,
  type ProofOptions,
  RequestForm,
  type Seal,
  SealMetadataSchema,
  SealSchema,
  SealStatus,
  UsageSchema,
} from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import type { ExchangeStatus } from "../signing/index.ts";
import { Exchange, type ExchangeOrigin, type ExchangeServices } from "./exchange.ts";
import { checkpointText, sealText, Transcript } from "./transcript.ts";

const SEAL_STATUS: Record<ExchangeStatus, SealStatus> = {
  complete: SealStatus.COMPLETE,
  upstream_failed: SealStatus.UPSTREAM_FAILED,
  cancelled: SealStatus.CANCELLED,
};

/** What an RPC request says beside its payload. */
export interface TranscriptRequest {
  /** The request payload, exactly as the caller sent it. */
  readonly payload: Uint8Array;
  readonly form: RequestForm;
  /** Full method name. */
  readonly method: string;
  readonly constraints: Constraints | undefined;
  readonly proof: ProofOptions | undefined;
}

/** When checkpoints are due, and how far a caller may move that. */
export interface CheckpointPolicy {
  readonly checkpointChunks: number;
  readonly checkpointIntervalMs: number;
  readonly minCheckpointChunks: number;
  readonly minCheckpointIntervalMs: number;
}

/** An RPC exchange: chunks are hashed into the transcript, checkpointed and sealed with the stream keys. */
export class TranscriptExchange extends Exchange {
  readonly transcript: Transcript;
  readonly #request: TranscriptRequest;
  readonly #checkpointChunks: number;
  readonly #checkpointIntervalMs: number;
  #checkpointCount = 0;
  #checkpointAt = performance.now();

  constructor(
    services: ExchangeServices,
    origin: ExchangeOrigin,
    policy: CheckpointPolicy,
    request: TranscriptRequest,
  ) {
    super(services, origin);
    this.#request = request;
    this.transcript = new Transcript(request.payload);
    const { proof } = request;
    // A caller may ask for more frequent checkpoints down to the operator's bound: each costs a signature.
    this.#checkpointChunks = Math.max(proof?.checkpointChunks || policy.checkpointChunks, policy.minCheckpointChunks);
    this.#checkpointIntervalMs = Math.max(
      proof?.checkpointIntervalMs || policy.checkpointIntervalMs,
      policy.minCheckpointIntervalMs,
    );
  }

  /** The first message of the stream. */
  accepted(): Accepted {
    return create(AcceptedSchema, {
      requestDigest: this.transcript.requestDigest,
      receiptId: this.receiptId,
      keysetDigest: this.services.keys.keysetDigest,
      modelDigest: { kind: ModelDigestKind.NONE },
    });
  }

  /** A checkpoint over everything absorbed, if one is due. Ask after each chunk. */
  dueCheckpoint(): Checkpoint | undefined {
    const { transcript } = this;
    const chunks = transcript.count - this.#checkpointCount;
    if (chunks === 0) return undefined;
    const now = performance.now();
    if (chunks < this.#checkpointChunks && now - this.#checkpointAt < this.#checkpointIntervalMs) return undefined;
    this.#checkpointCount = transcript.count;
    this.#checkpointAt = now;
    const signer = this.services.keys.stream;
    const text = checkpointText(transcript.requestDigest, transcript.count, transcript.runningHash);
    return create(CheckpointSchema, {
      sequence: BigInt(transcript.count),
      runningHash: transcript.runningHash,
      ed25519: { keyId: signer.ed25519KeyId, value: this.sign(() => signer.signEd25519(text)) },
    });
  }

  /**
   * Seals everything absorbed, stores the signatures and ends the exchange. Call it once, before the last message is
   * released. `reason` is a code of the closed set of errors, empty when complete.
   */
  seal(status: ExchangeStatus, reason = ""): Seal {
    if (this.finished) throw new Error("an exchange is sealed once");
    const { transcript, usage } = this;
    const { requestDigest, runningHash, count } = transcript;
    const metadata = toBinary(
      SealMetadataSchema,
      create(SealMetadataSchema, {
        method: this.#request.method,
        model: this.origin.model,
        modelDigest: { kind: ModelDigestKind.NONE },
        responseId: this.responseId ?? this.receiptId,
        receiptId: this.receiptId,
        createdUnixMs: BigInt(this.createdAt),
        sealedUnixMs: BigInt(Date.now()),
        bodyDigest: transcript.bodyDigest(),
        // Counts of tokens would undo the padding of an encrypted answer, which carries them inside.
        ...(usage === undefined || this.#request.form === RequestForm.ENVELOPE
          ? {}
          : {
              usage: create(UsageSchema, {
                promptTokens: BigInt(usage.promptTokens),
                completionTokens: BigInt(usage.completionTokens),
                totalTokens: BigInt(usage.totalTokens),
                cachedTokens: BigInt(usage.cachedTokens),
                reasoningTokens: BigInt(usage.reasoningTokens),
              }),
            }),
        ...(this.#request.constraints === undefined ? {} : { constraints: this.#request.constraints }),
        requestForm: this.#request.form,
        keysetDigest: this.services.keys.keysetDigest,
        failureReason: reason,
      }),
    );
    const signedText = sealText(status, requestDigest, count, runningHash, metadata);
    const signer = this.services.keys.stream;
    const signature = this.sign(() => signer.sign(signedText));
    this.store(signedText, signature, signer, status);
    this.settle(status, reason, transcript.payloadBytes);
    return create(SealSchema, {
      status: SEAL_STATUS[status],
      chunkCount: BigInt(count),
      requestDigest,
      finalHash: runningHash,
      metadata,
      signedText,
      ecdsa: { keyId: signer.ecdsaKeyId, value: signature.ecdsa },
      ed25519: { keyId: signer.ed25519KeyId, value: signature.ed25519 },
    });
  }

  /** Ends an exchange the engine refused before it answered anything: nothing was served, nothing is signed. */
  refuse(reason: string): void {
    this.settle("upstream_failed", reason, 0);
  }
}
