import type { ConnectError } from "@connectrpc/connect";
import { endStreamFlag, endStreamToJson } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import type { HttpResponse } from "../server/index.ts";
import { envelope } from "./envelope.ts";
import type { RpcContentType, RpcProtocol } from "./protocol.ts";

/** Details are JSON inside Connect errors; none of ours need a type registry. */
const JSON_OPTIONS = {};

/**
 * The response side of one server-streaming call in any of the three protocols, written straight to the response.
 *
 * The general-purpose pipeline costs about 11 µs a message in promises and generators; token streams are the hot path,
 * so their two methods are framed here. Everything else, unary calls included, goes through the general pipeline.
 */
export class ServerStream {
  readonly protocol: RpcProtocol;
  readonly json: boolean;
  readonly #response: HttpResponse;
  #begun = false;
  #ended = false;

  constructor(type: RpcContentType, response: HttpResponse) {
    this.protocol = type.protocol;
    this.json = type.json;
    this.#response = response;
  }

  /** True once `end` has run. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Sends response headers with the first message. */
  begin(headers: Readonly<Record<string, string>>): void {
    this.#begun = true;
    this.#response.writeHead(200, { "content-type": this.#contentType(), ...headers });
  }

  /** Writes framed messages. Returns false if the caller reads more slowly than they come; wait for `drain` then. */
  write(framed: Buffer): boolean {
    // Over HTTP/2 the stream itself: the compatibility layer would only look at each write once more.
    return (this.#response.stream ?? this.#response).write(framed);
  }

  /** Ends the call: with success, or with an error, and trailing metadata. Does nothing the second time. */
  end(error?: ConnectError, metadata: Readonly<Record<string, string>> = {}): void {
    if (this.#ended) return;
    this.#ended = true;
    const response = this.#response;
    if (response.destroyed) return;
    switch (this.protocol) {
      case "connect": {
        if (!this.#begun) this.begin({});
        const end = endStreamToJson(new Headers(metadata), error, JSON_OPTIONS);
        response.end(envelope(Buffer.from(JSON.stringify(end)), endStreamFlag));
        return;
      }
      case "grpc-web": {
        if (!this.#begun) this.begin({});
        const trailer = setTrailerStatus(new Headers(metadata), error);
        response.end(envelope(trailerSerialize(trailer), trailerFlag));
        return;
      }
      case "grpc": {
        const trailer = setTrailerStatus(new Headers(metadata), error);
        if (!this.#begun) {
          // gRPC "Trailers-Only": the status travels in the only header block.
          response.writeHead(200, { "content-type": this.#contentType(), ...Object.fromEntries(trailer) });
        } else {
          response.addTrailers(Object.fromEntries(trailer));
        }
        response.end();
        return;
      }
    }
  }

  #contentType(): string {
    const base = this.protocol === "connect" ? "application/connect" : `application/${this.protocol}`;
    return `${base}+${this.json ? "json" : "proto"}`;
  }
}
