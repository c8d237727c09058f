import { ChunkedDecoder } from "./chunked-decoder.ts";
import { responseFraming } from "./framing.ts";
import { HeadReader } from "./head-reader.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamHeaders } from "./upstream-headers.ts";

/** Receives what the parser finds, during `feed`. May call `stop` or, from onComplete, `begin`. */
export interface ResponseSink {
  onHead(status: number, headers: UpstreamHeaders): void;
  /** A view on the buffer being fed. */
  onBody(chunk: Buffer): void;
  /** @param reusable the connection is persistent and nothing followed the response. */
  onComplete(reusable: boolean): void;
  onFault(error: UpstreamError): void;
}

/** Most interim (1xx) responses before the final one. */
const maxInterimResponses = 16;

/**
 * Parses one response after another from the reads of one connection. What it reports does not depend on where the reads
 * cut the stream, except for where body bytes are divided and for bytes beyond the end, which are only seen in the same read.
 */
export class ResponseParser {
  readonly #sink: ResponseSink;
  readonly #head: HeadReader;
  readonly #chunked: ChunkedDecoder;
  readonly #allowUnframed: boolean;
  #stage: "head" | "length" | "chunked" | "close" | "stopped" = "stopped";
  #method = "";
  #remaining = 0;
  #persistent = false;
  #interimResponses = 0;

  /**
   * @param maxHeadBytes largest head and largest trailer section.
   * @param allowUnframed whether a body may end with the connection.
   */
  constructor(sink: ResponseSink, maxHeadBytes: number, allowUnframed: boolean) {
    this.#sink = sink;
    this.#head = new HeadReader(maxHeadBytes);
    // A head has been read to its end before trailers begin, so both share one reader.
    this.#chunked = new ChunkedDecoder(this.#head);
    this.#allowUnframed = allowUnframed;
  }

  /** Expects the response to a request of this method. */
  begin(method: string): void {
    this.#stage = "head";
    this.#method = method;
    this.#interimResponses = 0;
    this.#head.begin("head");
  }

  /** Reports nothing more, also when called from inside a report. */
  stop(): void {
    this.#stage = "stopped";
  }

  /** Takes the octets `0..end` of a read. The buffer's content is used up: the decoder moves octets inside it. */
  feed(buffer: Buffer, end: number): void {
    let at = 0;
    while (this.#is("head")) {
      at = this.#readHead(buffer, at, end);
      if (at === end && this.#is("head")) return;
    }
    if (at === end) return;
    switch (this.#stage) {
      case "length":
        this.#readLength(buffer, at, end);
        break;
      case "chunked":
        this.#readChunked(buffer, at, end);
        break;
      case "close":
        this.#sink.onBody(buffer.subarray(at, end));
        break;
      default:
    }
  }

  /**
   * The peer has closed its side in order.
   * @returns whether that completes the response: only a body that is framed by the connection's end.
   */
  finish(): boolean {
    const complete = this.#stage === "close";
    this.stop();
    return complete;
  }

  #readHead(buffer: Buffer, from: number, end: number): number {
    const head = this.#head;
    const at = head.read(buffer, from, end);
    if (head.fault !== undefined) this.#refuse(head.fault);
    if (!head.complete) return end;
    const headers = head.headers();
    const framing = responseFraming({
      status: head.status,
      minorVersion: head.minorVersion,
      headers,
      method: this.#method,
    });
    if (framing instanceof UpstreamError) {
      this.#refuse(framing);
      return end;
    }
    if (head.status < 200) {
      this.#skipInterim(head.status);
      return at;
    }
    if (framing.body === "close" && !this.#allowUnframed) {
      this.#refuse(
        new UpstreamError(
          "malformed",
          "over TLS a response needs Content-Length or chunked coding: the end of the connection is not authenticated (RFC 9112 section 9.8)",
        ),
      );
      return end;
    }
    this.#persistent = framing.persistent;
    this.#remaining = framing.length;
    this.#stage = framing.body === "none" ? "length" : framing.body;
    if (framing.body === "chunked") this.#chunked.begin();
    this.#sink.onHead(head.status, headers);
    if (framing.body === "none" && this.#is("length")) this.#complete(at === end);
    return at;
  }

  #skipInterim(status: number): void {
    if (status === 101) {
      this.#refuse(new UpstreamError("malformed", "the engine switches protocols (101) without having been asked to"));
    } else if (++this.#interimResponses > maxInterimResponses) {
      this.#refuse(new UpstreamError("malformed", `there are more than ${maxInterimResponses} interim responses`));
    } else {
      this.#head.begin("head");
    }
  }

  #readLength(buffer: Buffer, at: number, end: number): void {
    const taken = Math.min(this.#remaining, end - at);
    this.#remaining -= taken;
    this.#sink.onBody(buffer.subarray(at, at + taken));
    if (this.#remaining === 0 && this.#is("length")) this.#complete(at + taken === end);
  }

  #readChunked(buffer: Buffer, from: number, end: number): void {
    const body = this.#chunked;
    const at = body.read(buffer, from, end);
    if (body.bodyEnd > body.bodyStart) {
      this.#sink.onBody(buffer.subarray(body.bodyStart, body.bodyEnd));
      if (!this.#is("chunked")) return;
    }
    if (body.fault !== undefined) this.#refuse(body.fault);
    else if (body.complete) this.#complete(at === end);
  }

  #complete(nothingFollows: boolean): void {
    this.stop();
    // Bytes beyond the end answer nothing that was asked: the response stands, the connection is never used again.
    this.#sink.onComplete(this.#persistent && nothingFollows);
  }

  #refuse(error: UpstreamError): void {
    this.stop();
    this.#sink.onFault(error);
  }

  /** A method, so that the compiler does not take the stage for unchanged across a report. */
  #is(stage: string): boolean {
    return this.#stage === stage;
  }
}
