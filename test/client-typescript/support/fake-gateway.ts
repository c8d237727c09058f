import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { AttestationService } from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { KeySourceKind } from "../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { CompletionResultSchema } from "../../../gen/ts/countersign/inference/v1/completion_pb.ts";
import { EmbeddingResultSchema } from "../../../gen/ts/countersign/inference/v1/embedding_pb.ts";
import {
  InferenceService,
  type StreamChatResponse,
  StreamChatResponseSchema,
} from "../../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { TokenizeResultSchema } from "../../../gen/ts/countersign/inference/v1/tokenization_pb.ts";
import type { GetSignatureResponseSchema } from "../../../gen/ts/countersign/signature/v1/signature_service_pb.ts";
import { SignatureService } from "../../../gen/ts/countersign/signature/v1/signature_service_pb.ts";
import type { Constraints } from "../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type Authority, createAuthority, sha256, utf8, VERIFY_AT } from "../../../tools/vectors/authority.ts";
import { chatChunk, chatChunks, chatResult } from "../../../tools/vectors/chat-content.ts";
import { MODEL_DIGEST, type Script, type SignedExchange, signExchange } from "../../../tools/vectors/exchange.ts";

/** The clock that test keys are valid at. */
export const now = (): number => Number(VERIFY_AT);

/** A gateway that really signs. Its fields may be changed between calls. */
export interface FakeGateway {
  readonly authority: Authority;
  /** Registers the services. */
  readonly routes: (router: ConnectRouter) => void;
  /** Pieces of the answers. */
  pieces: readonly string[];
  /** Changes what is signed. */
  script: Partial<Script>;
  /** Changes a stream's messages after they were signed. */
  tamper: (messages: StreamChatResponse[]) => void;
  /** Error that a stream ends with after its messages. */
  trailingError: ConnectError | undefined;
  /** Stream without end, until the caller leaves. */
  isEndless: boolean;
  /** The token every call but GetKeyset must carry. */
  token: string | undefined;
  /** Serialised keyset to serve. */
  keyset: Uint8Array;
  /** Answer of GetSignature. */
  signature: MessageInitShape<typeof GetSignatureResponseSchema>;
  /** How often the keyset was fetched. */
  keysetCalls: number;
  /** How many streams were begun. */
  streams: number;
  /** Resolves when the next stream's call is cancelled at the server; the number of messages sent until then. */
  cancelled: Promise<number>;
}

interface Ask {
  readonly model: string;
  readonly constraints?: Constraints | undefined;
  readonly input: { readonly case?: string | undefined; readonly value?: unknown };
}

/** Creates one. */
export function createFakeGateway(): FakeGateway {
  const authority = createAuthority("gateway");
  const cancellation = Promise.withResolvers<number>();

  function sign(method: string, ask: Ask, payloads: readonly Uint8Array[]): SignedExchange {
    if (ask.input.case !== "payload" || !(ask.input.value instanceof Uint8Array)) {
      throw new ConnectError("payload expected", Code.InvalidArgument);
    }
    const call = {
      method: `/countersign.inference.v1.InferenceService/${method}`,
      model: ask.model,
      requestPayload: ask.input.value,
      ...(ask.constraints === undefined ? {} : { constraints: ask.constraints }),
    };
    return signExchange({ authority: gateway.authority, call, payloads, ...gateway.script });
  }

  function unary(method: string, ask: Ask, context: HandlerContext, payload: Uint8Array) {
    authorise(context);
    return { payload, seal: sign(method, ask, [payload]).seal };
  }

  function authorise(context: HandlerContext): void {
    if (gateway.token === undefined) return;
    if (context.requestHeader.get("Authorization") !== `Bearer ${gateway.token}`) {
      throw new ConnectError("wrong token", Code.Unauthenticated);
    }
  }

  async function* stream(method: string, ask: Ask, context: HandlerContext, payloads: readonly Uint8Array[]) {
    authorise(context);
    gateway.streams += 1;
    let sent = 0;
    context.signal.addEventListener("abort", () => cancellation.resolve(sent));
    const { messages } = sign(method, ask, payloads);
    gateway.tamper(messages);
    if (gateway.isEndless) messages.pop();
    for (const message of messages) {
      yield message;
      sent += 1;
    }
    let last = messages.findLast(({ event }) => event.case === "chunk")?.event.value as { runningHash: Uint8Array };
    for (let sequence = payloads.length + 1; gateway.isEndless; sequence++) {
      context.signal.throwIfAborted();
      const payload = chatChunk("again ", false);
      last = { runningHash: sha256(last.runningHash, payload) };
      const value = { sequence: BigInt(sequence), payload, runningHash: last.runningHash };
      yield create(StreamChatResponseSchema, { event: { case: "chunk", value } });
      sent += 1;
      // Lets the transport's own events in: a generator that never waits would starve them.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (gateway.trailingError !== undefined) throw gateway.trailingError;
  }

  const gateway: FakeGateway = {
    authority,
    pieces: ["Hello", " there", "."],
    script: {},
    tamper: () => {},
    trailingError: undefined,
    isEndless: false,
    token: undefined,
    keyset: authority.keyset,
    signature: {},
    keysetCalls: 0,
    streams: 0,
    cancelled: cancellation.promise,
    routes(router) {
      router.service(AttestationService, {
        getKeyset() {
          gateway.keysetCalls += 1;
          return { keyset: gateway.keyset, source: KeySourceKind.GENERATED };
        },
      });
      router.service(SignatureService, {
        getSignature(_, context) {
          authorise(context);
          return gateway.signature;
        },
      });
      router.service(InferenceService, {
        chat: (ask, context) => unary("Chat", ask, context, chatResult(gateway.pieces.join(""))),
        streamChat: (ask, context) => stream("StreamChat", ask, context, chatChunks(...gateway.pieces)),
        complete: (ask, context) => unary("Complete", ask, context, completion(gateway.pieces.join(""))),
        async *streamComplete(ask, context) {
          for await (const { event } of stream("StreamComplete", ask, context, gateway.pieces.map(completion)))
            yield { event };
        },
        embed: (ask, context) => unary("Embed", ask, context, embedding()),
        tokenize: (ask, context) => unary("Tokenize", ask, context, tokens()),
        listModels(_, context) {
          authorise(context);
          return { models: [{ name: "demo-model", digest: MODEL_DIGEST }] };
        },
      });
    },
  };
  return gateway;
}

function completion(text: string): Uint8Array {
  return toBinary(
    CompletionResultSchema,
    create(CompletionResultSchema, { choices: [{ text }, { index: 1, text: "other" }] }),
  );
}

function embedding(): Uint8Array {
  return toBinary(EmbeddingResultSchema, create(EmbeddingResultSchema, { embeddings: [{ values: [0.5, -1] }] }));
}

function tokens(): Uint8Array {
  return toBinary(TokenizeResultSchema, create(TokenizeResultSchema, { count: 2, tokenIds: [1, 2] }));
}

/** A REST text over two bodies. */
export function responseText(model: string | undefined, request: Uint8Array, response: Uint8Array): string {
  const digests = `${Buffer.from(sha256(request)).toString("hex")}:${Buffer.from(sha256(response)).toString("hex")}`;
  return model === undefined ? digests : `${model}:${digests}`;
}

export { utf8 };
