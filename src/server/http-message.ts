import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerResponse, ServerHttp2Stream } from "node:http2";

/**
 * A request over HTTP/1.1 or HTTP/2. Node's HTTP/2 compatibility API has the same shape; `stream` exists on HTTP/2 only.
 */
export type HttpRequest = IncomingMessage & { readonly stream?: ServerHttp2Stream };

/** A response over HTTP/1.1 or HTTP/2; see HttpRequest. */
export type HttpResponse = ServerResponse & { readonly stream?: Http2ServerResponse["stream"] };

/** Handles one request. Never throws and never rejects. */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void;

/** Path and query of a request target in origin form. The target is attacker-controlled; nothing is decoded here. */
export function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf("?");
  return mark === -1 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
