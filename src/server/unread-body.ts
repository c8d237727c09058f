import { constants } from "node:http2";
import type { HttpRequest, HttpResponse } from "./http-message.ts";

/** How long a caller may take, after an early answer, to finish or abandon its body. Milliseconds. */
const GRACE_MS = 100;

/**
 * After an answer that left part of the request body unread, frees what the caller still holds. A body that ends within
 * a grace period is discarded and the connection stays usable, as for every small body that an early answer overtook.
 *
 * HTTP/1.1: of a longer body the rest would be taken for the next request, so the connection is closed.
 * HTTP/2: some clients stop sending but neither end nor reset the stream, which keeps its slot for ever; a reset with
 * CANCEL frees it, after the grace period because at once it would overtake the answer.
 */
export function releaseUnreadBody(request: HttpRequest, response: HttpResponse): void {
  const { stream } = request;
  if (stream === undefined) {
    const { socket } = request;
    response.once("finish", () => {
      if (request.complete) return;
      const timer = setTimeout(() => socket.destroySoon(), GRACE_MS);
      request.once("close", () => clearTimeout(timer)).once("end", () => clearTimeout(timer));
      request.resume();
    });
    return;
  }
  stream.once("finish", () => {
    if (stream.readableEnded || stream.destroyed) return;
    const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), GRACE_MS);
    stream.once("close", () => clearTimeout(timer));
  });
}
