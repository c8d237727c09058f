import { create, toBinary } from "@bufbuild/protobuf";
import { StreamChatResponseSchema } from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import {
  ConstraintsSchema,
  ModelDigestKind,
  ModelDigestSchema,
  SealStatus,
} from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { eip191, hex } from "./authority.ts";
import { chatChunks, chatInput } from "./chat-content.ts";
import { AUTHORITY, CALL, type CallJson, callJson } from "./defaults.ts";
import { MODEL_DIGEST, type Script, type SignedExchange, signExchange } from "./exchange.ts";

/** One honest exchange with every intermediate value. Binary is lower-case hex. */
export interface TranscriptVector {
  readonly name: string;
  readonly call: CallJson;
  readonly status: string;
  readonly payloads: readonly string[];
  readonly request_digest: string;
  readonly initial_hash: string;
  readonly running_hashes: readonly string[];
  readonly body_digest: string;
  readonly metadata: string;
  readonly signed_text: string;
  readonly eip191_digest: string;
  readonly ecdsa: SignatureJson;
  readonly ed25519: SignatureJson;
  readonly checkpoints: readonly CheckpointJson[];
  readonly messages: readonly string[];
  /** null: the client succeeds. Otherwise the code it raises at the end, everything before being valid. */
  readonly code: string | null;
}

interface SignatureJson {
  readonly key_id: string;
  readonly value: string;
}

interface CheckpointJson {
  readonly sequence: number;
  readonly running_hash: string;
  readonly text: string;
  readonly ed25519: SignatureJson;
}

/** All honest streams. */
export function positiveStreams(): TranscriptVector[] {
  const three = chatChunks("Hello", " there", ".");
  const constraints = create(ConstraintsSchema, {
    requireVerifiedUpstream: true,
    sessionIds: ["00".repeat(32), "ff".repeat(32)],
    modelDigest: MODEL_DIGEST,
    forbidServerSideTools: true,
    reproducible: true,
  });
  const many = Array.from({ length: 300 }, (_, index) => `word${index} `);
  const none = create(ModelDigestSchema, { kind: ModelDigestKind.NONE });
  const failed = SealStatus.UPSTREAM_FAILED;
  const cancelled = SealStatus.CANCELLED;
  return [
    vector("no chunks", { payloads: [] }),
    vector("one chunk", { payloads: chatChunks("Hello.") }),
    vector("three chunks", { payloads: three }),
    vector("300 chunks, a checkpoint after 256", { payloads: chatChunks(...many), checkpointsAfter: [256] }),
    vector("an empty payload between others", {
      payloads: [...three.slice(0, 1), new Uint8Array(), ...three.slice(1)],
    }),
    vector("only an empty payload", { payloads: [new Uint8Array()] }),
    vector("a checkpoint after every chunk", { payloads: three, checkpointsAfter: [1, 2, 3] }),
    vector("an empty request payload", { payloads: three, call: { ...CALL, requestPayload: new Uint8Array() } }),
    vector("a model name with colons", { payloads: three, call: { ...CALL, model: "org/model:7b:q4" } }),
    vector("a model name outside ASCII", { payloads: three, call: { ...CALL, model: "モデル-ü-😀" } }),
    vector("content outside ASCII", {
      payloads: chatChunks("Grüße", " 你好", " 😀"),
      call: { ...CALL, requestPayload: chatInput("Sag „hallo“ auf 中文") },
    }),
    vector("constraints, echoed", { payloads: three, call: { ...CALL, constraints } }),
    vector("a model without a digest", { payloads: three, modelDigest: none }),
    vector("the engine failed after two chunks", {
      payloads: three.slice(0, 2),
      status: failed,
      failureReason: "upstream_reset",
    }),
    vector("the engine failed before the first chunk", {
      payloads: [],
      status: failed,
      failureReason: "upstream_timeout",
    }),
    vector("cancelled after one chunk", {
      payloads: three.slice(0, 1),
      status: cancelled,
      failureReason: "caller_gone",
    }),
  ];
}

function vector(name: string, script: Partial<Script> & Pick<Script, "payloads">): TranscriptVector {
  const full: Script = { authority: AUTHORITY, call: CALL, ...script };
  const signed = signExchange(full);
  const { seal } = signed;
  const code = seal.status === SealStatus.COMPLETE ? null : "seal.incomplete";
  return {
    name,
    call: callJson(full.call),
    status: seal.signedText.split(":")[1] ?? "",
    payloads: full.payloads.map(hex),
    request_digest: hex(signed.requestDigest),
    initial_hash: hex(signed.hashes[0] ?? new Uint8Array()),
    running_hashes: signed.hashes.slice(1).map(hex),
    body_digest: hex(signed.bodyDigest),
    metadata: hex(seal.metadata),
    signed_text: seal.signedText,
    eip191_digest: hex(eip191(seal.signedText)),
    ecdsa: signatureJson(seal.ecdsa),
    ed25519: signatureJson(seal.ed25519),
    checkpoints: checkpointsJson(signed),
    messages: signed.messages.map((message) => hex(toBinary(StreamChatResponseSchema, message))),
    code,
  };
}

function checkpointsJson(signed: SignedExchange): CheckpointJson[] {
  return signed.checkpoints.map(({ text, message }) => ({
    sequence: Number(message.sequence),
    running_hash: hex(message.runningHash),
    text,
    ed25519: signatureJson(message.ed25519),
  }));
}

function signatureJson(signature: { keyId: string; value: Uint8Array } | undefined): SignatureJson {
  if (signature === undefined) throw new Error("an honest exchange is signed");
  return { key_id: signature.keyId, value: hex(signature.value) };
}
