import { clone, create, toBinary } from "@bufbuild/protobuf";
import {
  type StreamChatResponse,
  StreamChatResponseSchema,
} from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import {
  type Checkpoint,
  CheckpointSchema,
  type Constraints,
  type ModelDigest,
  ModelDigestKind,
  ModelDigestSchema,
  RequestForm,
  type Seal,
  type SealMetadata,
  SealMetadataSchema,
  SealSchema,
  SealStatus,
  type Signature,
  SignatureSchema,
} from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type Authority, hex, type SigningKey, sha256, utf8, VERIFY_AT } from "./authority.ts";

/** What a caller asked, and what it therefore expects. */
export interface Call {
  readonly method: string;
  readonly model: string;
  readonly requestPayload: Uint8Array;
  readonly constraints?: Constraints;
}

/** An honest exchange to be signed, with hooks that make it dishonest where a negative vector wants it so. */
export interface Script {
  readonly authority: Authority;
  readonly call: Call;
  readonly payloads: readonly Uint8Array[];
  readonly status?: SealStatus;
  /** Chunk numbers after which a checkpoint comes. */
  readonly checkpointsAfter?: readonly number[];
  readonly modelDigest?: ModelDigest;
  readonly receiptId?: string;
  readonly failureReason?: string;
  /** Changes the metadata before it is serialised and signed. */
  readonly metadata?: (metadata: SealMetadata) => void;
  /** Changes the serialised metadata before it is signed. */
  readonly metadataBytes?: (bytes: Uint8Array) => Uint8Array;
  /** Signs the seal with other keys. */
  readonly ecdsaKey?: SigningKey;
  readonly ed25519Key?: SigningKey;
}

/** A signed exchange: every intermediate value and the messages of the stream. */
export interface SignedExchange {
  readonly requestDigest: Uint8Array;
  /** h_0 to h_n. */
  readonly hashes: readonly Uint8Array[];
  readonly bodyDigest: Uint8Array;
  readonly checkpoints: readonly { readonly text: string; readonly message: Checkpoint }[];
  readonly seal: Seal;
  /** accepted, chunks and checkpoints, seal. */
  readonly messages: StreamChatResponse[];
}

const STATUS_NAMES = new Map<SealStatus, string>([
  [SealStatus.COMPLETE, "complete"],
  [SealStatus.UPSTREAM_FAILED, "upstream_failed"],
  [SealStatus.CANCELLED, "cancelled"],
]);

/** The digest all honest test exchanges state for their model. */
export const MODEL_DIGEST = create(ModelDigestSchema, {
  kind: ModelDigestKind.VERITY,
  value: sha256(utf8("a model's blocks")),
});

/** Plays a script: the gateway's side of one stream. */
export function signExchange(script: Script): SignedExchange {
  const { authority, call, payloads } = script;
  const modelDigest = script.modelDigest ?? MODEL_DIGEST;
  const receiptId = script.receiptId ?? "rcpt_0123456789abcdef";
  const q = sha256(call.requestPayload);
  const first = sha256(utf8("countersign.stream.v1"), Uint8Array.of(0), q);
  const hashes = [first];
  const checkpoints: { text: string; message: Checkpoint }[] = [];
  const messages = [
    create(StreamChatResponseSchema, {
      event: {
        case: "accepted",
        value: { requestDigest: q, receiptId, keysetDigest: authority.keysetDigest, modelDigest },
      },
    }),
  ];
  let last = first;
  for (const [index, payload] of payloads.entries()) {
    const sequence = index + 1;
    last = sha256(last, payload);
    hashes.push(last);
    const chunk = { sequence: BigInt(sequence), payload, runningHash: last };
    messages.push(create(StreamChatResponseSchema, { event: { case: "chunk", value: chunk } }));
    if (script.checkpointsAfter?.includes(sequence) === true) {
      const text = `countersign.checkpoint.v1:${hex(q)}:${sequence}:${hex(last)}`;
      const message = create(CheckpointSchema, {
        sequence: BigInt(sequence),
        runningHash: last,
        ed25519: signatureBy(authority.streamEd25519, text),
      });
      checkpoints.push({ text, message });
      messages.push(create(StreamChatResponseSchema, { event: { case: "checkpoint", value: message } }));
    }
  }
  const bodyDigest = sha256(...payloads);
  const seal = signSeal(script, q, last, bodyDigest, modelDigest, receiptId);
  messages.push(create(StreamChatResponseSchema, { event: { case: "seal", value: seal } }));
  return { requestDigest: q, hashes, bodyDigest, checkpoints, seal, messages };
}

function signSeal(
  script: Script,
  q: Uint8Array,
  finalHash: Uint8Array,
  bodyDigest: Uint8Array,
  modelDigest: ModelDigest,
  receiptId: string,
): Seal {
  const { authority, call, payloads, status = SealStatus.COMPLETE } = script;
  const honest = create(SealMetadataSchema, {
    method: call.method,
    model: call.model,
    modelDigest,
    responseId: "chatcmpl-vector",
    receiptId,
    createdUnixMs: VERIFY_AT - 1000n,
    sealedUnixMs: VERIFY_AT,
    bodyDigest,
    usage: { promptTokens: 9n, completionTokens: BigInt(payloads.length), totalTokens: 9n + BigInt(payloads.length) },
    ...(call.constraints === undefined ? {} : { constraints: call.constraints }),
    requestForm: RequestForm.PAYLOAD,
    keysetDigest: authority.keysetDigest,
    failureReason: script.failureReason ?? "",
  });
  // A copy: a script may change it, and must not change what other exchanges share.
  const message = clone(SealMetadataSchema, honest);
  script.metadata?.(message);
  const serialised = toBinary(SealMetadataSchema, message);
  const metadata = script.metadataBytes?.(serialised) ?? serialised;
  const signedText = textOf(status, q, payloads.length, finalHash, metadata);
  const seal = create(SealSchema, {
    status,
    chunkCount: BigInt(payloads.length),
    requestDigest: q,
    finalHash,
    metadata,
    signedText,
  });
  resign(seal, script.ecdsaKey ?? authority.streamEcdsa, script.ed25519Key ?? authority.streamEd25519);
  return seal;
}

/** Signs the text a seal carries now. */
export function resign(seal: Seal, ecdsaKey: SigningKey, ed25519Key: SigningKey): void {
  seal.ecdsa = signatureBy(ecdsaKey, seal.signedText);
  seal.ed25519 = signatureBy(ed25519Key, seal.signedText);
}

/** A signature message over a text. */
export function signatureBy(key: SigningKey, text: string): Signature {
  return create(SignatureSchema, { keyId: key.publicKey.id, value: key.sign(text) });
}

/** The text a seal with these fields has to carry. */
export function textOf(
  status: SealStatus,
  q: Uint8Array,
  count: number,
  finalHash: Uint8Array,
  metadata: Uint8Array,
): string {
  const name = STATUS_NAMES.get(status) ?? "unspecified";
  return `countersign.stream.v1:${name}:${hex(q)}:${count}:${hex(finalHash)}:${hex(sha256(metadata))}`;
}
