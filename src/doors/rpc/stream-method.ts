import { type DescMessage, fromBinary, fromJson, type Message, type MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { StreamChatResponseSchema } from "../../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import type { AnswerSealer } from "../../envelope/index.ts";
import { GatewayError, rpcError } from "../../errors/index.ts";
import { type Caller, TranscriptExchange } from "../../exchange/index.ts";
import { type Serving, withModel } from "../../models/index.ts";
import {
  ENVELOPE_HEADER_BYTES,
  type RpcContentType,
  readOnlyMessage,
  requestEncoding,
  requestTimeoutMs,
  ServerStream,
} from "../../rpc/index.ts";
import {
  type HttpRequest,
  type HttpResponse,
  readRequestBody,
  releaseUnreadBody,
  requestId,
} from "../../server/index.ts";
import type { ChunkEncoder } from "./chunk-encoder.ts";
import { type InferenceRequest, type OpenedRequest, openRequest } from "./inference-request.ts";
import { MAX_CALL_TIMEOUT_MS, type RpcServices } from "./services.ts";
import { TokenStream } from "./token-stream.ts";

/** One streamed method. */
export interface StreamMethod<Input extends DescMessage = DescMessage> {
  /** Full method name, also the path. */
  readonly name: string;
  readonly request: DescMessage;
  readonly response: DescMessage;
  /** Schema of the payload. */
  readonly input: Input;
  /** Path at the engine. */
  readonly enginePath: string;
  /** The engine's request. */
  readonly body: (model: string, input: MessageShape<Input>) => Buffer;
  readonly encoder: () => ChunkEncoder;
}

/** Decodes the request message; it is attacker-controlled and bounded by the body limit. */
function decodeRequest(schema: DescMessage, message: Buffer, json: boolean): InferenceRequest {
  try {
    const decoded = json ? fromJson(schema, JSON.parse(message.toString("utf8"))) : fromBinary(schema, message);
    return decoded as unknown as InferenceRequest;
  } catch (cause) {
    const text = `the request is not a valid ${schema.typeName}`;
    throw new ConnectError(text, Code.InvalidArgument, undefined, undefined, cause);
  }
}

/** Handles calls of one streamed method in any of the three protocols. */
export function streamMethodHandler(services: RpcServices, method: StreamMethod) {
  const { limits, stream: policy, timeouts } = services.config;

  return (request: HttpRequest, response: HttpResponse, type: RpcContentType): void => {
    const id = requestId(request.headers["x-request-id"]);
    const stream = new ServerStream(type, response);
    const fail = (thrown: unknown, sealer?: AnswerSealer): void => {
      if (!request.complete) releaseUnreadBody(request, response);
      const error = sealer === undefined ? rpcError(thrown) : sealer.error(thrown);
      services.metrics.error(thrown instanceof GatewayError ? thrown.code : "invalid_request");
      if (error.code === Code.Internal) services.log.fault("stream method failed", error.cause, { request_id: id });
      stream.end(error);
    };
    const open = (body: Buffer, caller: Caller, encoding: "gzip" | undefined, timeoutMs: number | undefined): void => {
      const message = readOnlyMessage(body, encoding, limits.rpcMessageBytes);
      const decoded = decodeRequest(method.request, message, type.json);
      const opened = openRequest(services, method.name, decoded, method.input);
      if (!(opened instanceof Promise)) {
        start(decoded, opened, caller, timeoutMs);
        return;
      }
      let left = false;
      const leave = (): void => {
        left = true;
      };
      response.once("close", leave);
      opened
        .finally(() => response.off("close", leave))
        .then((request) => {
          if (left) return;
          try {
            start(decoded, request, caller, timeoutMs);
          } catch (thrown) {
            fail(thrown, request.sealer);
          }
        }, fail);
    };
    const start = (
      decoded: InferenceRequest,
      { payload, form, input, sealer }: OpenedRequest<Message>,
      caller: Caller,
      timeoutMs: number | undefined,
    ): void => {
      const engineBody = method.body(decoded.model, input);
      const run = (serving: Serving): void => {
        const origin = { caller, requestId: id, model: serving.name, door: type.protocol, operation: method.name };
        const { constraints, proof } = decoded;
        const exchange = new TranscriptExchange(services, origin, policy, {
          payload,
          form,
          method: method.name,
          constraints,
          proof,
        });
        const tokens = new TokenStream(response, stream, exchange, {
          engines: serving.engines,
          path: method.enginePath,
          body: engineBody,
          encoder: method.encoder(),
          sealer,
          schema: method.response as typeof StreamChatResponseSchema,
          timeoutMs,
          onClosed: serving.release,
        });
        serving.hold(tokens);
        tokens.start();
      };
      withModel(services.models, decoded.model, { response, timeoutMs }, run, (thrown) => fail(thrown, sealer));
    };

    try {
      // Headers first: an unauthenticated caller's body is never read.
      const caller = services.authenticate(request.headers.authorization);
      const encoding = requestEncoding(request, type.protocol);
      const timeoutMs = requestTimeoutMs(request, type.protocol, MAX_CALL_TIMEOUT_MS);
      if (timeoutMs !== undefined && timeoutMs <= 0) {
        throw new GatewayError("deadline_exceeded", "The call's deadline has passed");
      }
      const bounds = {
        maxBytes: limits.rpcMessageBytes + ENVELOPE_HEADER_BYTES,
        timeoutMs: Math.min(timeoutMs ?? timeouts.requestBodyMs, timeouts.requestBodyMs),
      };
      readRequestBody(request, bounds, (error, body) => {
        if (error !== undefined) {
          fail(error);
          return;
        }
        try {
          open(body, caller, encoding, timeoutMs);
        } catch (thrown) {
          fail(thrown);
        }
      });
    } catch (thrown) {
      fail(thrown);
    }
  };
}
