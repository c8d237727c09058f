import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ConnectRouterOptions,
  createConnectRouter,
  createContextKey,
  createContextValues,
} from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { Logger } from "../../observe/index.ts";
import { ENVELOPE_HEADER_BYTES, gunzipBounded, readOnlyMessage } from "../../rpc/index.ts";
import { type HttpHandler, type HttpRequest, splitTarget } from "../../server/index.ts";

/** Decodes the request of a unary call before the library does; set for every call, run by the gate. */
export const requestCheckKey = createContextKey<() => Promise<void>>(async () => {}, { description: "request check" });

/** The HTTP request a call came as: its connection is what evidence can be bound to. Set for every call. */
export const httpRequestKey = createContextKey<HttpRequest | undefined>(undefined, { description: "HTTP request" });

export interface GeneralHandlerOptions extends ConnectRouterOptions {
  readonly routes: (router: ConnectRouter) => void;
  /** Most bytes of one request message. */
  readonly readMaxBytes: number;
  /** Time for the whole request of a call that takes one message. Milliseconds. */
  readonly requestBodyMs: number;
  readonly log: Logger;
}

/**
 * Serves every call that is not a token stream through the library's pipeline.
 *
 * The library's own decoding errors quote the value at fault, which is content, and call broken protobuf an internal
 * error. So requests of unary calls are decoded here first, and what cannot be decoded is refused in our words.
 */
export function generalHandler(options: GeneralHandlerOptions): HttpHandler {
  const router = createConnectRouter({ acceptCompression: [compressionGzip], ...options });
  options.routes(router);
  const handlers = new Map<string, UniversalHandler>(router.handlers.map((handler) => [handler.requestPath, handler]));

  return (request, response) => {
    const handler = handlers.get(splitTarget(request.url ?? "").path);
    if (handler === undefined) {
      const error = { code: "unimplemented", message: "No such method. Reflection lists the services of this gateway" };
      response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify(error));
      return;
    }
    const values = createContextValues();
    values.set(httpRequestKey, request);
    const call = universalRequestFromNodeRequest(request, response, undefined, values);
    const { methodKind } = handler.method;
    if ((methodKind === "unary" || methodKind === "server_streaming") && request.method === "POST") {
      const body = new HeldBody(call.body as AsyncIterable<Uint8Array>, options.readMaxBytes + ENVELOPE_HEADER_BYTES);
      values.set(requestCheckKey, async () =>
        checkRequest(handler, call.header, await within(options.requestBodyMs, body.whole()), options.readMaxBytes),
      );
      (call as { body: unknown }).body = body;
    }
    handler(call)
      .then((answer) => universalResponseToNodeResponse(answer, response))
      .catch((reason: unknown) => {
        // The caller left before its answer was written: nothing is wrong here.
        if (ConnectError.from(reason).code !== Code.Aborted) options.log.fault("rpc response failed", reason);
      });
  };
}

/** A request body that can be looked at as a whole before it is read. Attacker-controlled; held up to `maxBytes`. */
class HeldBody implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #maxBytes: number;
  readonly #held: Uint8Array[] = [];

  constructor(source: AsyncIterable<Uint8Array>, maxBytes: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#maxBytes = maxBytes;
  }

  /** The whole body, or undefined if it is longer than the limit, which the library then finds and reports. */
  async whole(): Promise<Buffer | undefined> {
    let length = 0;
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) return Buffer.concat(this.#held, length);
      this.#held.push(next.value);
      length += next.value.length;
      if (length > this.#maxBytes) return undefined;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    yield* this.#held.splice(0);
    for (let next = await this.#source.next(); next.done !== true; next = await this.#source.next()) yield next.value;
  }
}

/** Rejects with `deadline_exceeded` if a request body does not arrive in time: callers may send as slowly as they like. */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new ConnectError(`the request did not arrive within ${timeoutMs} ms`, Code.DeadlineExceeded);
    timer = setTimeout(reject, timeoutMs, error);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Throws `invalid_argument` if a request of one message cannot be decoded. Never quotes it. */
function checkRequest(handler: UniversalHandler, header: Headers, body: Buffer | undefined, maxBytes: number): void {
  if (body === undefined) return;
  const type = header.get("content-type") ?? "";
  const isGrpc = type.startsWith("application/grpc");
  const isEnveloped = isGrpc || type.startsWith("application/connect+");
  const encodingHeader = isGrpc ? "grpc-encoding" : isEnveloped ? "connect-content-encoding" : "content-encoding";
  const encoding = header.get(encodingHeader) ?? "identity";
  // Unknown compression is refused by the library, in words that quote only the header.
  if (encoding !== "identity" && encoding !== "gzip") return;
  const message = isEnveloped
    ? readOnlyMessage(body, encoding, maxBytes)
    : encoding === "gzip"
      ? gunzipBounded(body, maxBytes)
      : body;
  const { input } = handler.method;
  try {
    if (/json/.test(type)) fromJsonString(input, message.toString("utf8"), { ignoreUnknownFields: true });
    else fromBinary(input, message);
  } catch (cause) {
    const text = `the request is not a valid ${input.typeName}`;
    throw new ConnectError(text, Code.InvalidArgument, undefined, undefined, cause);
  }
}
