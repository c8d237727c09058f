import { errorEnvelope, errorHeaders, type GatewayError } from "../errors/index.ts";
import type { HttpRequest, HttpResponse } from "./http-message.ts";
import { releaseUnreadBody } from "./unread-body.ts";

/** Sends a whole response. Does nothing if the caller has left or a response has begun. */
export function respond(
  response: HttpResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): void {
  if (response.headersSent || response.destroyed) return;
  // RFC 9110 section 8.6: a 204 has no Content-Length.
  const length = status === 204 ? {} : { "content-length": String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length });
  response.end(body);
}

/** Sends `value` as JSON. */
export function respondJson(response: HttpResponse, status: number, requestId: string, value: unknown): void {
  respond(response, status, { "content-type": "application/json", "x-request-id": requestId }, JSON.stringify(value));
}

/** Sends an error in the OpenAI envelope and frees what an unread request body holds. */
export function respondError(
  request: HttpRequest,
  response: HttpResponse,
  requestId: string,
  error: GatewayError,
): void {
  if (!request.complete) releaseUnreadBody(request, response);
  const headers = { "content-type": "application/json", "x-request-id": requestId, ...errorHeaders(error) };
  respond(response, error.status, headers, errorEnvelope(error));
}
