import { clone, create, toBinary } from "@bufbuild/protobuf";
import { type ChatResponse, ChatResponseSchema } from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { ModelDigestKind, RequestForm, SealStatus } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { hex } from "./authority.ts";
import { chatResult } from "./chat-content.ts";
import { AUTHORITY, CALL, type CallJson, callJson } from "./defaults.ts";
import { type Script, signExchange } from "./exchange.ts";

/** A unary answer. Binary is lower-case hex. */
export interface UnaryVector {
  readonly name: string;
  readonly call: CallJson;
  /** Serialised ChatResponse. */
  readonly response: string;
  /** null: the client succeeds. */
  readonly code: string | null;
}

const UNARY_CALL = { ...CALL, method: "/countersign.inference.v1.InferenceService/Chat" };
const ANSWER = chatResult("Hello there.");

/** Unary answers, honest and not. */
export function unaryVectors(): UnaryVector[] {
  const failed = { status: SealStatus.UPSTREAM_FAILED, failureReason: "upstream_timeout" };
  return [
    vector("an answer", null, {}),
    vector("an answer of an empty message", null, { payloads: [new Uint8Array()] }),
    vector("a model name with colons", null, { call: { ...UNARY_CALL, model: "org/model:7b" } }),
    vector("failed without a chunk", "seal.incomplete", { payloads: [], ...failed }),
    vector("failed with one empty chunk", "seal.incomplete", { payloads: [new Uint8Array()], ...failed }),
    vector(
      "failed with one empty chunk, counted as none",
      "seal.hash",
      { payloads: [new Uint8Array()], ...failed },
      (response) => {
        if (response.seal !== undefined) response.seal.chunkCount = 0n;
      },
    ),
    vector("complete without a chunk", "seal.count", { payloads: [] }),
    vector("a seal over two chunks", "seal.count", { payloads: [ANSWER, ANSWER] }),
    vector("no seal", "seal.missing", {}, (response) => {
      delete response.seal;
    }),
    vector("the payload altered", "seal.hash", {}, (response) => {
      response.payload = response.payload.with(4, (response.payload[4] ?? 0) ^ 1);
    }),
    vector("the payload emptied", "seal.hash", {}, (response) => {
      response.payload = new Uint8Array();
    }),
    vector("the seal of a stream", "seal.field", { call: CALL }, undefined, UNARY_CALL),
    vector("the typed request form", "seal.field", {
      metadata: (metadata) => {
        metadata.requestForm = RequestForm.TYPED;
      },
    }),
    vector("no receipt id", "seal.field", {
      metadata: (metadata) => {
        metadata.receiptId = "";
      },
    }),
    vector("a model digest of kind NONE with a value", "seal.field", {
      metadata: (metadata) => {
        if (metadata.modelDigest !== undefined) metadata.modelDigest.kind = ModelDigestKind.NONE;
      },
    }),
    vector("a payload with the right hash that is no message", "message.malformed", {
      payloads: [Uint8Array.of(0x0a, 0x7f)],
    }),
  ];
}

function vector(
  name: string,
  code: string | null,
  script: Partial<Script>,
  tamper?: (response: ChatResponse) => void,
  asked = script.call ?? UNARY_CALL,
): UnaryVector {
  const full: Script = { authority: AUTHORITY, call: UNARY_CALL, payloads: [ANSWER], ...script };
  const { seal } = signExchange(full);
  const payload = full.payloads[0] ?? new Uint8Array();
  const response = clone(ChatResponseSchema, create(ChatResponseSchema, { payload, seal }));
  tamper?.(response);
  return { name, call: callJson(asked), response: hex(toBinary(ChatResponseSchema, response)), code };
}
