import { constants } from "node:http2";
import type { HttpRequest, HttpResponse } from "./http-message.ts";

/** How long an HTTP/2 caller may take to notice an early answer before its stream is reset. Milliseconds. */
const RESET_GRACE_MS = 100;

/**
 * After an answer that left part of the request body unread, frees what the caller still holds.
 *
 * HTTP/1.1: the rest of the body would be taken for the next request, so the connection is closed after the answer.
 * HTTP/2: some clients stop sending but neither end nor reset the stream, which keeps its slot for ever; a reset with
 * CANCEL frees it, after a grace period because at once it would overtake the answer.
 */
export function releaseUnreadBody(request: HttpRequest, response: HttpResponse): void {
  const { stream } = request;
  if (stream === undefined) {
    const { socket } = request;
    response.once("finish", () => {
      if (!request.complete) socket.destroySoon();
    });
    return;
  }
  const free = (): void => {
    if (stream.readableEnded || stream.destroyed) return;
    const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), RESET_GRACE_MS);
    stream.once("close", () => clearTimeout(timer));
  };
  stream.once("finish", free);
}
