import type { EnginePool } from "../../engines/index.ts";
import {
  engineAnswerError,
  engineTransportError,
  isErrorAnswer,
  MAX_ERROR_BODY_BYTES,
  MISLABELLED_ERROR_STATUS,
} from "../../engines/index.ts";
import { errorEnvelope, GatewayError } from "../../errors/index.ts";
import type { BodyExchange } from "../../exchange/index.ts";
import { scanObject } from "../../json/index.ts";
import { ChunkedBody, type HttpRequest, type HttpResponse, respond, respondError } from "../../server/index.ts";
import { CompletionWatch } from "../../sse/index.ts";
import type { UpstreamCall, UpstreamError, UpstreamHandler, UpstreamHeaders } from "../../upstream/index.ts";
import { reportedUsage } from "../../usage/index.ts";

/** What a pass-through needs beside the exchange. */
export interface PassThroughOptions {
  readonly engines: EnginePool;
  /** Path at the engine. */
  readonly path: string;
  /** Most bytes of an answer that is not a stream. */
  readonly maxResponseBytes: number;
  /** Called once, when nothing is left to do. */
  readonly onClosed: (passThrough: PassThrough) => void;
}

/**
 * Ends a stream that cannot be completed: an SSE error event, which SDKs raise, and no `[DONE]`. An event that was broken
 * off is closed first (by two line ends: the first may complete a CRLF), so that this one does not become part of it.
 */
function errorEvent(error: GatewayError, midEvent: boolean): Buffer {
  return Buffer.from(`${midEvent ? "\n\n" : ""}data: ${errorEnvelope(error)}\n\n`);
}

/**
 * One REST exchange on its way through: engine bytes in, the same bytes out, hashed and signed in between. This is the
 * hot path: no promise, stream or closure per chunk, one write per engine read, and nothing is parsed that need not be.
 */
export class PassThrough implements UpstreamHandler {
  readonly #request: HttpRequest;
  readonly #response: HttpResponse;
  readonly #exchange: BodyExchange;
  readonly #options: PassThroughOptions;
  readonly #watch = new CompletionWatch();
  #call: UpstreamCall | undefined;
  #status = 0;
  /** Of an answer that is passed on as a whole. */
  #headers: UpstreamHeaders | undefined;
  /** Where an answer goes that is an event stream and is passed on as it comes. */
  #stream: ChunkedBody | undefined;
  /** Chunks of an answer that is passed on as a whole. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #closed = false;

  constructor(request: HttpRequest, response: HttpResponse, exchange: BodyExchange, options: PassThroughOptions) {
    this.#request = request;
    this.#response = response;
    this.#exchange = exchange;
    this.#options = options;
  }

  /**
   * Sends the request: `body` byte for byte, `stream` if the caller asked for an event stream. Everything else follows
   * from the engine's answer or the caller's leaving.
   */
  start(body: Buffer, stream: boolean): void {
    const { engines, path } = this.#options;
    this.#response.on("close", () => this.#onCallerClosed());
    const { requestId } = this.#exchange.origin;
    this.#call = engines.send({ method: "POST", path, body, stream, requestId }, this);
  }

  /** Ends the exchange because the gateway stops or unloads the model. */
  cut(why: GatewayError): void {
    if (!this.#closed && this.#watch.done) this.onEnd();
    else this.#fail(why, "cancelled");
    this.#call?.abort();
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    this.#status = status;
    const type = headers.get("content-type") ?? "application/json";
    if (status >= 300 || !type.toLowerCase().startsWith("text/event-stream")) {
      this.#headers = headers;
      return;
    }
    this.#stream = new ChunkedBody(this.#response, () => this.#call?.resume());
    this.#response.writeHead(
      status,
      this.#responseHeaders(type, { "cache-control": "no-cache", "x-accel-buffering": "no" }),
    );
    // Headers leave with the first bytes if those came in the same read, else alone: on HTTP/1.1 writeHead sends nothing.
    process.nextTick(flushIfIdle, this.#response);
  }

  onBody(chunk: Uint8Array): void {
    // An empty chunk would end a chunked body.
    if (this.#closed || chunk.length === 0) return;
    const stream = this.#stream;
    if (stream === undefined) {
      this.#hold(Buffer.from(chunk));
      return;
    }
    // The one copy on this path: the chunk lives in a read buffer that the next read overwrites.
    const frame = stream.frame(chunk.length);
    const bytes = frame.body;
    bytes.set(chunk);
    const exchange = this.#exchange;
    exchange.noteRead();
    const watch = this.#watch;
    if (!watch.feed(bytes)) {
      // These bytes are not sent, so they are not hashed either.
      this.#fail(
        new GatewayError("engine_protocol", "The engine sent an event line that is too long"),
        "upstream_failed",
      );
      this.#call?.abort();
      return;
    }
    exchange.absorb(bytes);
    // These may be the last bytes: their signature must be there before they are.
    if (watch.done) this.#seal();
    if (!stream.write(frame)) this.#call?.pause();
  }

  onEnd(): void {
    if (this.#closed) return;
    if (this.#stream === undefined) {
      this.#release();
      return;
    }
    const watch = this.#watch;
    watch.end();
    if (!watch.done && !watch.failed) {
      const error = new GatewayError("engine_truncated", "The engine ended its answer without [DONE]");
      this.#fail(error, "upstream_failed");
      return;
    }
    this.#seal();
    this.#finish(watch.failed ? "upstream_failed" : "complete", watch.failed ? "engine_stream_error" : "");
    this.#response.end();
  }

  onError(error: UpstreamError): void {
    // After [DONE] the answer is complete, whatever becomes of the connection.
    if (!this.#closed && this.#watch.done) this.onEnd();
    else this.#fail(engineTransportError(error), "upstream_failed");
  }

  #responseHeaders(type: string, more: Record<string, string>): Record<string, string> {
    const { receiptId, origin, keyIds } = this.#exchange;
    return {
      "content-type": type,
      ...more,
      "x-request-id": origin.requestId,
      "x-receipt-id": receiptId,
      "x-signing-key-ids": keyIds,
    };
  }

  #hold(bytes: Buffer): void {
    this.#heldBytes += bytes.length;
    const isError = this.#status >= 300;
    if (this.#heldBytes > (isError ? MAX_ERROR_BODY_BYTES : this.#options.maxResponseBytes)) {
      if (isError) this.#release();
      const limit = this.#options.maxResponseBytes;
      this.#fail(new GatewayError("engine_protocol", `The engine's answer is over ${limit} bytes`), "upstream_failed");
      this.#call?.abort();
      return;
    }
    this.#held.push(bytes);
  }

  /** Passes on an answer that was held as a whole. */
  #release(): void {
    const body = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    const headers = this.#headers;
    if (headers === undefined) return;
    if (this.#status >= 300) {
      this.#fail(engineAnswerError(this.#status, headers, body), "upstream_failed");
      return;
    }
    const scan = scanObject(body, ["id", "usage", "error", "object"]);
    const value = (name: string): unknown => {
      const span = scan.ok ? scan.members.get(name) : undefined;
      return span === undefined ? undefined : JSON.parse(body.toString("utf8", span.start, span.end));
    };
    if (isErrorAnswer(value("error"), value("object"))) {
      this.#fail(engineAnswerError(MISLABELLED_ERROR_STATUS, headers, body), "upstream_failed");
      return;
    }
    const exchange = this.#exchange;
    exchange.noteRead();
    exchange.absorb(body);
    const id = value("id");
    if (typeof id === "string" && id !== "") exchange.responseId = id;
    exchange.usage = reportedUsage(value("usage"));
    this.#finish("complete", "");
    const type = headers.get("content-type") ?? "application/json";
    const coding = headers.get("content-encoding");
    respond(
      this.#response,
      this.#status,
      this.#responseHeaders(type, coding === undefined ? {} : { "content-encoding": coding }),
      body,
    );
  }

  /** Signs what has passed so far. */
  #seal(): void {
    const { responseId, usage, failed } = this.#watch;
    this.#exchange.responseId = responseId;
    this.#exchange.usage = usage;
    this.#exchange.seal(failed ? "upstream_failed" : "complete");
  }

  #fail(error: GatewayError, status: "upstream_failed" | "cancelled"): void {
    if (this.#closed) return;
    const exchange = this.#exchange;
    if (!this.#response.headersSent) {
      exchange.refuse(error.code);
      this.#close();
      respondError(this.#request, this.#response, exchange.origin.requestId, error);
      return;
    }
    const event = errorEvent(error, this.#watch.midEvent);
    exchange.absorb(event);
    exchange.responseId = this.#watch.responseId;
    exchange.usage = this.#watch.usage;
    this.#finish(status, error.code);
    this.#response.end(event);
  }

  #finish(status: "complete" | "upstream_failed" | "cancelled", reason: string): void {
    this.#exchange.finish(status, reason);
    this.#close();
  }

  #close(): void {
    this.#closed = true;
    this.#stream?.release();
    this.#options.onClosed(this);
  }

  #onCallerClosed(): void {
    if (this.#closed) return;
    const watch = this.#watch;
    this.#exchange.responseId = watch.responseId;
    this.#exchange.usage = watch.usage;
    // Clients leave as soon as they have read [DONE], whether or not the engine has ended its answer: that is complete.
    if (watch.done && !watch.failed) this.#finish("complete", "");
    else if (this.#response.headersSent) this.#finish("cancelled", "cancelled");
    else {
      this.#exchange.refuse("cancelled");
      this.#close();
    }
    this.#call?.abort();
  }
}

/** Sends the head of a response that has written no body yet. */
function flushIfIdle(response: HttpResponse): void {
  if (!response.writableEnded && !response.destroyed) response.flushHeaders();
}
