import { createServer as createHttp1, type Server as Http1Server, type ServerOptions } from "node:http";
import { createServer as createHttp2, type ServerOptions as Http2Options, type Http2Server } from "node:http2";
import { createServer as createTcp, type Server, type Socket } from "node:net";
import type { HttpHandler } from "./http-message.ts";
import { answerMalformedRequests } from "./malformed-request.ts";

/** RFC 9113 section 3.4: how every HTTP/2 connection begins. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** A cleartext port that speaks both HTTP versions. */
export interface CleartextServer {
  /** The listening socket. */
  readonly front: Server;
  readonly http1: Http1Server;
  readonly http2: Http2Server;
}

/**
 * Reads until the bytes can no longer be the HTTP/2 preface, puts them back, and hands the connection to the server of
 * its version (HTTP/2 with prior knowledge; `Upgrade: h2c` is obsolete, RFC 9113 section 3.1). A connection that does
 * not decide within `sniffTimeoutMs` is closed.
 */
export function cleartextServer(
  handler: HttpHandler,
  options: { readonly http1: ServerOptions; readonly http2: Http2Options; readonly sniffTimeoutMs: number },
): CleartextServer {
  const http1 = createHttp1({ ...options.http1, noDelay: true }, handler);
  answerMalformedRequests(http1);
  const http2 = createHttp2(options.http2, handler as never);
  // The inner server never listens; without this event its header and request timeouts are not enforced.
  http1.emit("listening");
  const front = createTcp({ noDelay: true }, (socket) => {
    sniff(socket, options.sniffTimeoutMs, (isHttp2) => (isHttp2 ? http2 : http1).emit("connection", socket));
  });
  front.once("close", () => http1.close());
  return { front, http1, http2 };
}

/** Calls `decided` once the version is known, with everything read put back and no trace left on the socket. */
function sniff(socket: Socket, timeoutMs: number, decided: (isHttp2: boolean) => void): void {
  let seen: Buffer | undefined;
  const drop = (): void => void socket.destroy();
  const timer = setTimeout(drop, timeoutMs);
  const forget = (): void => clearTimeout(timer);
  const onData = (chunk: Buffer): void => {
    // Attacker-controlled, and bounded: once it is as long as the preface, it is decided.
    const bytes = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
    const length = Math.min(bytes.length, PREFACE.length);
    const isHttp2 = PREFACE.compare(bytes, 0, length, 0, length) === 0;
    if (isHttp2 && length < PREFACE.length) {
      seen = bytes;
      return;
    }
    forget();
    // Idle connections are many: nothing of this may stay reachable from the socket.
    seen = undefined;
    socket.pause().off("data", onData).off("error", drop).off("close", forget);
    socket.unshift(bytes);
    decided(isHttp2);
    if (!isHttp2) socket.resume();
  };
  socket.once("error", drop).once("close", forget).on("data", onData);
}
