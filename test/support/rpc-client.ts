import { create, toBinary } from "@bufbuild/protobuf";
import { type Client, ConnectError, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { ChatInputSchema, Role } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { InferenceService } from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { ErrorInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { TOKEN } from "./gateway.ts";

/** The wire protocols with one HTTP version each. */
export const PROTOCOLS = ["connect", "grpc", "grpc-web"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

const CREATE = { connect: createConnectTransport, grpc: createGrpcTransport, "grpc-web": createGrpcWebTransport };

/** A transport with the first caller's token, or another. */
export function transportTo(
  url: string,
  protocol: Protocol,
  { token = TOKEN, httpVersion = "2" }: { token?: string | null; httpVersion?: "1.1" | "2" } = {},
): Transport {
  const authorize: Interceptor = (next) => (request) => {
    if (token !== null) request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const options = { baseUrl: url, interceptors: [authorize], nodeOptions: { rejectUnauthorized: false } };
  return protocol === "grpc"
    ? createGrpcTransport(options)
    : CREATE[protocol]({ ...options, httpVersion } as Parameters<typeof createConnectTransport>[0]);
}

/** A client of InferenceService that verifies nothing: the tests recompute everything themselves. */
export function inferenceClient(
  url: string,
  protocol: Protocol,
  options?: Parameters<typeof transportTo>[2],
): Client<typeof InferenceService> {
  return createClient(InferenceService, transportTo(url, protocol, options));
}

/** The serialised input of a small chat. */
export function chatPayload(text = "Hi"): Uint8Array<ArrayBuffer> {
  const messages = [{ role: Role.USER, content: [{ part: { case: "text" as const, value: text } }] }];
  return toBinary(ChatInputSchema, create(ChatInputSchema, { messages }));
}

/** A request of Chat or StreamChat with a serialised input. */
export function chatRequest(payload: Uint8Array<ArrayBuffer> = chatPayload(), model = "m") {
  return { model, input: { case: "payload" as const, value: payload } };
}

/** `reason` of an error's google.rpc.ErrorInfo. */
export function errorReason(error: ConnectError): string | undefined {
  return error.findDetails(ErrorInfoSchema)[0]?.reason;
}

/** The error a call ends with. Throws if it succeeds. */
export async function rejection(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (thrown) {
    return ConnectError.from(thrown);
  }
  throw new Error("the call succeeded");
}
