import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { AttestationService } from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { ChatInputSchema } from "../../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { CompletionInputSchema } from "../../../gen/ts/countersign/inference/v1/completion_pb.ts";
import {
  InferenceService,
  StreamChatRequestSchema,
  StreamChatResponseSchema,
  StreamCompleteRequestSchema,
  StreamCompleteResponseSchema,
} from "../../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { ModelLifecycleService } from "../../../gen/ts/countersign/lifecycle/v1/model_lifecycle_service_pb.ts";
import { SignatureService } from "../../../gen/ts/countersign/signature/v1/signature_service_pb.ts";
import { Health } from "../../../gen/ts/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../../gen/ts/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionV1Alpha } from "../../../gen/ts/grpc/reflection/v1alpha/reflection_pb.ts";
import { rpcError } from "../../errors/index.ts";
import { chatRequestBody, completionRequestBody } from "../../openai/index.ts";
import { rpcContentType } from "../../rpc/index.ts";
import { type HttpHandler, releaseUnreadBody, splitTarget } from "../../server/index.ts";
import { attestationService } from "./attestation-service.ts";
import { chatEncoder, completionEncoder } from "./chunk-encoder.ts";
import { generalHandler, requestCheckKey } from "./general-handler.ts";
import { healthService } from "./health-service.ts";
import { inferenceService } from "./inference-service.ts";
import { lifecycleService } from "./lifecycle-service.ts";
import { reflection } from "./reflection-service.ts";
import { callerKey, MAX_CALL_TIMEOUT_MS, type RpcServices } from "./services.ts";
import { signatureService } from "./signature-service.ts";
import { type StreamMethod, streamMethodHandler } from "./stream-method.ts";

export type { RpcServices } from "./services.ts";

const STREAM_CHAT: StreamMethod<typeof ChatInputSchema> = {
  name: "/countersign.inference.v1.InferenceService/StreamChat",
  request: StreamChatRequestSchema,
  response: StreamChatResponseSchema,
  input: ChatInputSchema,
  enginePath: "/v1/chat/completions",
  body: (model, input) => chatRequestBody(model, input, true),
  encoder: chatEncoder,
};
const STREAM_COMPLETE: StreamMethod<typeof CompletionInputSchema> = {
  name: "/countersign.inference.v1.InferenceService/StreamComplete",
  request: StreamCompleteRequestSchema,
  response: StreamCompleteResponseSchema,
  input: CompletionInputSchema,
  enginePath: "/v1/completions",
  body: (model, input) => completionRequestBody(model, input, true),
  encoder: completionEncoder,
};

/** Services that verifiers, balancers and tools reach without a token. */
const PUBLIC_SERVICES: ReadonlySet<string> = new Set([
  AttestationService.typeName,
  Health.typeName,
  ServerReflection.typeName,
  ServerReflectionV1Alpha.typeName,
]);

/** Methods that need a load token, where one is configured. */
const LOAD_METHODS: ReadonlySet<DescMethod> = new Set([
  ModelLifecycleService.method.loadModel,
  ModelLifecycleService.method.unloadModel,
  ModelLifecycleService.method.verifyModel,
]);

/** Responses of this many bytes are never reached: compressed lengths of secrets leak them. */
const NEVER_COMPRESS = 0xffff_ffff;

/** Paths that belong to this door. */
export function isRpcPath(path: string): boolean {
  return path.startsWith("/countersign.") || path.startsWith("/grpc.");
}

/** The RPC door: Connect, gRPC and gRPC-Web. */
export function rpcDoor(services: RpcServices): HttpHandler {
  const { limits, access, timeouts } = services.config;
  const own = [InferenceService, AttestationService, SignatureService, ModelLifecycleService];
  const names = own.map(({ typeName }) => typeName);
  const discovery = reflection([
    ...names,
    Health.typeName,
    ServerReflection.typeName,
    ServerReflectionV1Alpha.typeName,
  ]);

  const isPublic = ({ service, method }: HandlerContext): boolean =>
    PUBLIC_SERVICES.has(service.typeName) || (access.publicModels && method === InferenceService.method.listModels);
  const gate = async (context: HandlerContext): Promise<void> => {
    try {
      // Before a byte of the body is read.
      const authorization = context.requestHeader.get("authorization");
      if (LOAD_METHODS.has(context.method)) services.loadAccess.require(authorization);
      else if (context.service === ModelLifecycleService) requireAnyToken(services, authorization);
      else if (!isPublic(context)) context.values.set(callerKey, services.authenticate(authorization));
      await context.values.get(requestCheckKey)();
    } catch (thrown) {
      throw rpcError(thrown);
    }
  };
  const general = generalHandler({
    log: services.log,
    routes(router: ConnectRouter) {
      router.service(InferenceService, inferenceService(services));
      router.service(AttestationService, attestationService(services));
      router.service(SignatureService, signatureService(services));
      router.service(ModelLifecycleService, lifecycleService(services));
      router.service(Health, healthService(services, names));
      router.service(ServerReflection, discovery);
      router.service(ServerReflectionV1Alpha, discovery as never);
    },
    requestGate: gate,
    readMaxBytes: limits.rpcMessageBytes,
    requestBodyMs: timeouts.requestBodyMs,
    writeMaxBytes: limits.responseBytes,
    maxTimeoutMs: MAX_CALL_TIMEOUT_MS,
    compressMinBytes: NEVER_COMPRESS,
  });
  const streams = new Map(
    [STREAM_CHAT, STREAM_COMPLETE].map((method) => [
      method.name,
      streamMethodHandler(services, method as unknown as StreamMethod),
    ]),
  );

  return (request, response) => {
    const type = rpcContentType(request.headers["content-type"]);
    if (type?.protocol === "grpc" && request.httpVersionMajor < 2) {
      // gRPC is defined over HTTP/2 only; its clients read the HTTP status when there are no trailers.
      response.writeHead(505, { connection: "close" }).end();
      return;
    }
    if (request.method === "POST" && type !== undefined) {
      const stream = streams.get(splitTarget(request.url ?? "").path);
      if (stream !== undefined) {
        stream(request, response, type);
        return;
      }
    }
    releaseUnreadBody(request, response);
    general(request, response);
  };
}

/** The status of models is readable with a caller's token and with a load token. */
function requireAnyToken(services: RpcServices, authorization: string | null): void {
  try {
    services.authenticate(authorization);
  } catch (refusal) {
    if (services.loadAccess.open) throw refusal;
    services.loadAccess.require(authorization);
  }
}
