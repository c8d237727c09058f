import { once } from "node:events";
import http, { type IncomingHttpHeaders } from "node:http";
import { connect, constants } from "node:http2";
import https from "node:https";
import type { Readable } from "node:stream";

/** An answer as it comes: read the body, or leave. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** Breaks the exchange off as a caller that goes away does. */
  leave(): void;
}

/** What one request sends. With a body it is a POST of JSON. */
export interface HttpAsk {
  readonly path: string;
  readonly token?: string;
  readonly body?: string;
}

/** A caller on one connection at a time, over either version of HTTP, in cleartext or TLS. */
export interface HttpCaller extends AsyncDisposable {
  /** Resolves when the head of the answer is there. */
  ask(request: HttpAsk): Promise<HttpAnswer>;
}

function headersOf({ token, body }: HttpAsk): Record<string, string> {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
}

const methodOf = ({ body }: HttpAsk): string => (body === undefined ? "GET" : "POST");

/** Opens a caller. `certificate` is the one to trust, PEM, for https addresses. */
export function openHttpCaller(base: string, httpVersion: "1.1" | "2", certificate: string): HttpCaller {
  return httpVersion === "2" ? http2Caller(base, certificate) : http1Caller(base, certificate);
}

function http1Caller(base: string, certificate: string): HttpCaller {
  const secure = base.startsWith("https:");
  const limits = { keepAlive: true, maxSockets: 1 };
  const agent = secure ? new https.Agent({ ...limits, ca: certificate }) : new http.Agent(limits);
  return {
    async ask(asked) {
      const options = { method: methodOf(asked), headers: headersOf(asked), agent };
      const request = (secure ? https : http).request(base + asked.path, options);
      request.end(asked.body);
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: response,
        leave: () => void request.destroy(),
      };
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
    },
  };
}

function http2Caller(base: string, certificate: string): HttpCaller {
  const session = connect(base, { ca: certificate });
  return {
    async ask(asked) {
      const stream = session.request({ ":method": methodOf(asked), ":path": asked.path, ...headersOf(asked) });
      stream.end(asked.body);
      const [headers] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status"?: number }];
      return {
        status: headers[":status"] ?? 0,
        headers,
        body: stream,
        leave: () => stream.close(constants.NGHTTP2_CANCEL),
      };
    },
    async [Symbol.asyncDispose]() {
      const closed = once(session, "close");
      session.destroy();
      await closed;
    },
  };
}
