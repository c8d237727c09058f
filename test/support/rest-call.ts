import { once } from "node:events";
import { Agent, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as open } from "node:http";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { type Socket, connect as tcpConnect } from "node:net";
import { TOKEN } from "./gateway.ts";

/** A whole answer, its body exactly as received. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The connection ended before the body's framing said so. */
  readonly cut: boolean;
}

export interface RestCall {
  readonly method?: string;
  readonly path: string;
  /** Default: the first caller's; null sends none. */
  readonly authorization?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly agent?: Agent;
}

/** Path of the chat endpoint. */
export const CHAT = "/v1/chat/completions";

/** The body of a small chat request. */
export function chatBody(stream: boolean, content = "Hi"): string {
  return JSON.stringify({ model: "m", stream, messages: [{ role: "user", content }] });
}

function headersOf({ authorization = `Bearer ${TOKEN}`, headers = {}, body }: RestCall): Record<string, string> {
  return {
    ...(authorization === null ? {} : { authorization }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...headers,
  };
}

/** Opens a request over HTTP/1.1 and sends its body. Resolves when the response's head is there. */
export async function openRest(
  base: string,
  call: RestCall,
): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  const { hostname, port } = new URL(base);
  const request = open({
    hostname,
    port,
    // As it is: a URL would be normalised.
    path: call.path,
    method: call.method ?? (call.body === undefined ? "GET" : "POST"),
    headers: headersOf(call),
    ...(call.agent === undefined ? { agent: false } : { agent: call.agent }),
  });
  request.end(call.body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { request, response };
}

/** Reads the rest of a body; never rejects. */
export async function readRest(response: IncomingMessage): Promise<{ body: Buffer; cut: boolean }> {
  const pieces: Buffer[] = [];
  let cut = false;
  try {
    for await (const piece of response) pieces.push(piece as Buffer);
  } catch {
    cut = true;
  }
  return { body: Buffer.concat(pieces), cut: cut || !response.complete };
}

/** One call over HTTP/1.1, on a connection of its own unless an agent is given. */
export async function rest(base: string, call: RestCall): Promise<RestAnswer> {
  const { response } = await openRest(base, call);
  const { body, cut } = await readRest(response);
  return { status: response.statusCode ?? 0, headers: response.headers, body, cut };
}

/** One call over HTTP/2 on `session`. */
export async function restOverHttp2(session: ClientHttp2Session, call: RestCall): Promise<RestAnswer> {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: call.method ?? (call.body === undefined ? "GET" : "POST"),
    [constants.HTTP2_HEADER_PATH]: call.path,
    ...headersOf(call),
  });
  stream.end(call.body);
  const pieces: Buffer[] = [];
  let cut = false;
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  const [fields] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status"?: number }];
  try {
    if (!stream.closed) await once(stream, "close");
  } catch {
    cut = true;
  }
  cut ||= stream.rstCode !== constants.NGHTTP2_NO_ERROR;
  return { status: Number(fields[":status"]), headers: fields, body: Buffer.concat(pieces), cut };
}

/** An HTTP/2 connection with prior knowledge, or over TLS. */
export function http2Session(base: string): ClientHttp2Session & AsyncDisposable {
  const session = connect(base, { rejectUnauthorized: false });
  session.on("error", () => {});
  return Object.assign(session, {
    [Symbol.asyncDispose]: async () => {
      if (session.destroyed) return;
      const closed = once(session, "close");
      session.destroy();
      await closed;
    },
  }) as never;
}

/** A bare TCP connection to the gateway: what arrives is kept as it comes. */
export interface RawConnection extends Disposable {
  readonly socket: Socket;
  /** Resolves with everything received once `pattern` is found in it. Rejects if the connection ends first. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with everything received once the gateway has closed the connection. */
  readonly ended: Promise<string>;
}

/** Opens a bare connection to the gateway. */
export async function rawConnection(base: string): Promise<RawConnection> {
  const { hostname, port } = new URL(base);
  const socket = tcpConnect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, "connect");
  let received = "";
  const checks = new Set<() => void>();
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    received += bytes.toString("latin1");
    for (const check of checks) check();
  });
  const ended = once(socket, "close").then(() => received);
  return {
    socket,
    ended,
    until(pattern) {
      return new Promise((resolve, reject) => {
        const check = (): void => {
          if (pattern.test(received)) resolve(received);
        };
        checks.add(check);
        check();
        ended.then(() => reject(new Error(`closed after ${JSON.stringify(received)}`)));
      });
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** An agent that keeps connections, closed at the end of the test. */
export function keepAliveAgent(maxSockets: number): Agent & Disposable {
  const agent = new Agent({ keepAlive: true, maxSockets });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() }) as never;
}
