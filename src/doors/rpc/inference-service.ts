import {
  create,
  type DescMessage,
  type JsonObject,
  type Message,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import { ChatInputSchema, ChatResultSchema } from "../../../gen/ts/countersign/inference/v1/chat_pb.ts";
import {
  CompletionInputSchema,
  CompletionResultSchema,
} from "../../../gen/ts/countersign/inference/v1/completion_pb.ts";
import { EmbeddingInputSchema, EmbeddingResultSchema } from "../../../gen/ts/countersign/inference/v1/embedding_pb.ts";
import {
  ChatResponseSchema,
  CompleteResponseSchema,
  EmbedResponseSchema,
  type InferenceService,
  ListModelsResponseSchema,
  TokenizeResponseSchema,
} from "../../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { TokenizeInputSchema, TokenizeResultSchema } from "../../../gen/ts/countersign/inference/v1/tokenization_pb.ts";
import type { Seal } from "../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { collect, engineAnswerError, isErrorAnswer, MISLABELLED_ERROR_STATUS } from "../../engines/index.ts";
import { type ErrorCode, GatewayError, rpcError } from "../../errors/index.ts";
import { DIGEST_BYTES, TranscriptExchange } from "../../exchange/index.ts";
import { digestFields, type ModelDigest, NO_DIGEST, type Serving } from "../../models/index.ts";
import {
  asInt64,
  asObjects,
  asString,
  asUint32,
  chatRequestBody,
  chatResult,
  completionRequestBody,
  completionResult,
  embeddingRequestBody,
  embeddingResult,
  parseAnswer,
  tokenizeRequestBody,
  tokenizeResult,
} from "../../openai/index.ts";
import { requestId } from "../../server/index.ts";
import { reportedUsage } from "../../usage/index.ts";
import { type InferenceRequest, type OpenedRequest, openRequest } from "./inference-request.ts";
import { callerKey, type RpcServices } from "./services.ts";
import { laterVersion } from "./unimplemented.ts";

/** Most bytes of an engine's model list. */
const MAX_MODELS_BYTES = 4 << 20;

/** One unary method: how its input becomes the engine's request, and the engine's answer its result. */
interface UnaryMethod<Input extends DescMessage, Result extends DescMessage> {
  readonly name: string;
  readonly enginePath: string;
  readonly input: Input;
  readonly result: Result;
  readonly body: (model: string, input: MessageShape<Input>) => Buffer;
  readonly read: (answer: JsonObject) => MessageShape<Result>;
}

/** Runs one unary call with a hold on its model. Returns the payload of its one chunk and the seal. */
async function runUnary<Input extends DescMessage, Result extends DescMessage>(
  services: RpcServices,
  method: UnaryMethod<Input, Result>,
  request: InferenceRequest & Message,
  context: HandlerContext,
): Promise<{ payload: Uint8Array<ArrayBuffer>; seal: Seal }> {
  const opened = await openRequest(services, method.name, request, method.input);
  try {
    return await runOpened(services, method, request, context, opened);
  } catch (thrown) {
    throw opened.sealer === undefined ? thrown : opened.sealer.error(thrown);
  }
}

async function runOpened<Input extends DescMessage, Result extends DescMessage>(
  services: RpcServices,
  method: UnaryMethod<Input, Result>,
  request: InferenceRequest & Message,
  context: HandlerContext,
  opened: OpenedRequest<MessageShape<Input>>,
): Promise<{ payload: Uint8Array<ArrayBuffer>; seal: Seal }> {
  const body = method.body(request.model, opened.input);
  let serving: Serving;
  try {
    serving = await services.models.open(request.model, context.signal);
  } catch (thrown) {
    throw reasonOf(thrown, context.signal, undefined);
  }
  try {
    return await runExchange(services, method, request, context, { serving, opened, body });
  } finally {
    serving.release();
  }
}

/** What a unary call is carried out with. */
interface UnaryRun<Input> {
  readonly serving: Serving;
  readonly opened: OpenedRequest<Input>;
  /** The engine's request. */
  readonly body: Buffer;
}

/** One unary exchange: a transcript of one chunk. */
async function runExchange<Input extends DescMessage, Result extends DescMessage>(
  services: RpcServices,
  method: UnaryMethod<Input, Result>,
  request: InferenceRequest & Message,
  context: HandlerContext,
  { serving, opened: { payload, form, sealer }, body }: UnaryRun<MessageShape<Input>>,
): Promise<{ payload: Uint8Array<ArrayBuffer>; seal: Seal }> {
  const id = requestId(context.requestHeader.get("x-request-id") ?? undefined);
  const origin = {
    caller: context.values.get(callerKey),
    requestId: id,
    model: serving.name,
    door: context.protocolName,
    operation: method.name,
  };
  const { constraints, proof } = request;
  const exchange = new TranscriptExchange(services, origin, services.config.stream, {
    payload,
    form,
    method: method.name,
    constraints,
    proof,
  });
  context.responseHeader.set("x-request-id", id);
  context.responseHeader.set("x-receipt-id", exchange.receiptId);
  const stop = new AbortController();
  serving.hold({ cut: (why) => stop.abort(why) });
  try {
    const ask = { method: "POST", path: method.enginePath, requestId: id, body, stream: false } as const;
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const { headers, body: answered } = await collect(
      serving.engines,
      ask,
      services.config.limits.responseBytes,
      signal,
    );
    const answer = parseAnswer(answered);
    if (isErrorAnswer(answer["error"], answer["object"])) {
      throw engineAnswerError(MISLABELLED_ERROR_STATUS, headers, answered);
    }
    exchange.noteRead();
    exchange.responseId = asString(answer["id"]) || undefined;
    exchange.usage = reportedUsage(answer["usage"]);
    const result = toBinary(method.result, method.read(answer));
    const linked = Buffer.allocUnsafe(DIGEST_BYTES + result.length);
    linked.set(result, DIGEST_BYTES);
    if (sealer === undefined) {
      exchange.transcript.absorb(linked);
      return { payload: result, seal: exchange.seal("complete") };
    }
    const sealed = sealer.chunk(linked, true);
    exchange.transcript.absorb(sealed);
    return { payload: new Uint8Array(sealed.subarray(DIGEST_BYTES)), seal: exchange.seal("complete") };
  } catch (thrown) {
    const error = reasonOf(thrown, context.signal, stop.signal);
    // A unary error carries no seal; its receipt can still be looked up by the id in the headers.
    exchange.seal(CALLERS_OWN_END.has(error.code) ? "cancelled" : "upstream_failed", error.code);
    if (error.code === "internal") services.log.fault("unary method failed", error.cause, { request_id: id });
    throw rpcError(error);
  }
}

/** Ends that are not the engine's doing. */
const CALLERS_OWN_END: ReadonlySet<ErrorCode> = new Set([
  "cancelled",
  "deadline_exceeded",
  "draining",
  "model_not_loaded",
]);

/** Why a call failed: what was thrown, or, if that is only that the call was ended early, who ended it. */
function reasonOf(thrown: unknown, call: AbortSignal, stop: AbortSignal | undefined): GatewayError {
  if (stop?.aborted === true) return GatewayError.from(stop.reason);
  const error = GatewayError.from(thrown);
  if (error.code !== "cancelled" || !call.aborted) return error;
  const { reason } = call;
  return reason instanceof ConnectError && reason.code === Code.DeadlineExceeded
    ? new GatewayError("deadline_exceeded", "The call's deadline has passed")
    : error;
}

const PREFIX = "/countersign.inference.v1.InferenceService";

const CHAT: UnaryMethod<typeof ChatInputSchema, typeof ChatResultSchema> = {
  name: `${PREFIX}/Chat`,
  enginePath: "/v1/chat/completions",
  input: ChatInputSchema,
  result: ChatResultSchema,
  body: (model, input) => chatRequestBody(model, input, false),
  read: chatResult,
};
const COMPLETE: UnaryMethod<typeof CompletionInputSchema, typeof CompletionResultSchema> = {
  name: `${PREFIX}/Complete`,
  enginePath: "/v1/completions",
  input: CompletionInputSchema,
  result: CompletionResultSchema,
  body: (model, input) => completionRequestBody(model, input, false),
  read: completionResult,
};
const EMBED: UnaryMethod<typeof EmbeddingInputSchema, typeof EmbeddingResultSchema> = {
  name: `${PREFIX}/Embed`,
  enginePath: "/v1/embeddings",
  input: EmbeddingInputSchema,
  result: EmbeddingResultSchema,
  body: embeddingRequestBody,
  read: embeddingResult,
};
const TOKENIZE: UnaryMethod<typeof TokenizeInputSchema, typeof TokenizeResultSchema> = {
  name: `${PREFIX}/Tokenize`,
  enginePath: "/tokenize",
  input: TokenizeInputSchema,
  result: TokenizeResultSchema,
  body: tokenizeRequestBody,
  read: tokenizeResult,
};

/**
 * The unary methods. The two token streams are served by TokenStream before a call gets here; what does get here is a
 * call in a form it does not take.
 */
export function inferenceService(services: RpcServices): ServiceImpl<typeof InferenceService> {
  const unary = <Input extends DescMessage, Result extends DescMessage>(method: UnaryMethod<Input, Result>) => {
    return async (request: InferenceRequest & Message, context: HandlerContext) => {
      try {
        return await runUnary(services, method, request, context);
      } catch (thrown) {
        throw rpcError(thrown);
      }
    };
  };
  const chat = unary(CHAT);
  const complete = unary(COMPLETE);
  const embed = unary(EMBED);
  const tokenize = unary(TOKENIZE);
  return {
    chat: async (request, context) => create(ChatResponseSchema, await chat(request, context)),
    complete: async (request, context) => create(CompleteResponseSchema, await complete(request, context)),
    embed: async (request, context) => create(EmbedResponseSchema, await embed(request, context)),
    tokenize: async (request, context) => create(TokenizeResponseSchema, await tokenize(request, context)),
    async listModels(_request, context) {
      const id = requestId(context.requestHeader.get("x-request-id") ?? undefined);
      const ask = { method: "GET", path: "/v1/models", requestId: id, stream: false } as const;
      const digestOf = (name: string): ModelDigest =>
        services.models.served().find((served) => served.name === name)?.digest ?? NO_DIGEST;
      try {
        // Nothing loaded is an empty list, not an error.
        const answer =
          services.models.names.length === 0
            ? undefined
            : await collect(services.engines, ask, MAX_MODELS_BYTES, context.signal);
        const listed = answer === undefined ? [] : asObjects(parseAnswer(answer.body)["data"]);
        return create(ListModelsResponseSchema, {
          models: services.models.names.map((name) => {
            const entry = listed.find((candidate) => candidate["id"] === name) ?? {};
            return {
              name,
              digest: digestFields(digestOf(name)),
              maxModelLength: asUint32(entry["max_model_len"]),
              created: asInt64(entry["created"]),
              ownedBy: asString(entry["owned_by"]),
            };
          }),
        });
      } catch (thrown) {
        throw rpcError(thrown);
      }
    },
    streamChat: () => {
      throw laterVersion("StreamChat in this content type");
    },
    streamComplete: () => {
      throw laterVersion("StreamComplete in this content type");
    },
    rerank: () => {
      throw laterVersion("Rerank");
    },
    score: () => {
      throw laterVersion("Score");
    },
    forward: () => {
      throw laterVersion("Forward");
    },
    streamForward: () => {
      throw laterVersion("StreamForward");
    },
  };
}
