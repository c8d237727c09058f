import { callerAddress, readPrivasysRequest } from "../../attestation/index.ts";
import { GatewayError } from "../../errors/index.ts";
import {
  type HttpRequest,
  type HttpResponse,
  readRequestBody,
  releaseUnreadBody,
  respond,
  tlsChannel,
} from "../../server/index.ts";
import type { RestContext, RestServices } from "./route.ts";

/** Largest body. Bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/** `POST /__privasys/attest`: evidence of this connection after its handshake. Errors are `{"v":2,"error":text}`. */
export function privasysAttestRoute(services: RestServices) {
  return ({ request, response, requestId }: RestContext): void => {
    const fail = (thrown: unknown): void => {
      const error = GatewayError.from(thrown);
      if (error.cause !== undefined) services.log.fault("attestation of a connection failed", error.cause);
      services.metrics.error(error.code);
      answer(request, response, requestId, error.status, { v: 2, error: error.message }, error.retryAfterSeconds);
    };
    const limits = { maxBytes: MAX_BODY_BYTES, timeoutMs: services.config.timeouts.requestBodyMs };
    readRequestBody(request, limits, (refused, body) => {
      if (refused !== undefined) return fail(refused);
      try {
        services.privasys
          .answer(readPrivasysRequest(body), tlsChannel(request), callerAddress(request.socket.remoteAddress))
          .then((value) => answer(request, response, requestId, 200, value), fail);
      } catch (thrown) {
        fail(thrown);
      }
    });
  };
}

function answer(
  request: HttpRequest,
  response: HttpResponse,
  requestId: string,
  status: number,
  value: object,
  retryAfterSeconds?: number,
): void {
  if (!request.complete) releaseUnreadBody(request, response);
  const headers = {
    "content-type": "application/json",
    "x-request-id": requestId,
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
  };
  respond(response, status, headers, JSON.stringify(value));
}
