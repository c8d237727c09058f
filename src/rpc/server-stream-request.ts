import { parseTimeout as parseConnectTimeout } from "@connectrpc/connect/protocol-connect";
import { parseTimeout as parseGrpcTimeout } from "@connectrpc/connect/protocol-grpc";
import type { HttpRequest } from "../server/index.ts";
import { unsupportedEncoding } from "./envelope.ts";
import type { RpcProtocol } from "./protocol.ts";

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/**
 * How long the caller is willing to wait, in milliseconds; undefined if it does not say. Throws `invalid_argument` for
 * a malformed deadline or one beyond `maxMs`. The header is attacker-controlled.
 */
export function requestTimeoutMs(request: HttpRequest, protocol: RpcProtocol, maxMs: number): number | undefined {
  const name = protocol === "connect" ? "connect-timeout-ms" : "grpc-timeout";
  const value = single(request.headers[name]) ?? null;
  const parsed = (protocol === "connect" ? parseConnectTimeout : parseGrpcTimeout)(value, maxMs);
  if (parsed.error !== undefined) throw parsed.error;
  return parsed.timeoutMs;
}

/** Compression of the request message: `gzip`, or undefined for none. Throws `unimplemented` for any other. */
export function requestEncoding(request: HttpRequest, protocol: RpcProtocol): "gzip" | undefined {
  const name = protocol === "connect" ? "connect-content-encoding" : "grpc-encoding";
  const value = single(request.headers[name]);
  if (value === undefined || value === "identity") return undefined;
  if (value === "gzip") return "gzip";
  throw unsupportedEncoding();
}
