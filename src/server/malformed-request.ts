import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { errorEnvelope, GatewayError } from "../errors/index.ts";

/** Status line and error for a code of Node's HTTP/1.1 parser. The error's text never repeats what was sent. */
function refusal(code: string | undefined): readonly [string, GatewayError] {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return ["408 Request Timeout", new GatewayError("request_timeout", "The request's header block came too slowly")];
    case "HPE_HEADER_OVERFLOW":
      return [
        "431 Request Header Fields Too Large",
        new GatewayError("invalid_request", "The request's header block is too large"),
      ];
    default:
      return ["400 Bad Request", new GatewayError("invalid_request", "This is not a valid HTTP/1.1 request")];
  }
}

/**
 * Answers what Node's parser refuses in the error envelope, as everything else is answered, and closes the connection:
 * where the next request would begin is not known. Without this, Node answers with an empty body.
 */
export function answerMalformedRequests(server: EventEmitter): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    // As in Node's own handler: a response that has begun must not be continued with another one.
    const { _httpMessage: begun } = socket as { readonly _httpMessage?: { readonly headersSent: boolean } };
    if (!socket.writable || begun?.headersSent === true) {
      socket.destroy();
      return;
    }
    const [status, reason] = refusal(error.code);
    const body = errorEnvelope(reason);
    const head = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
    socket.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`, () => socket.destroy());
  });
}
