import http from "node:http";
import https from "node:https";
import type { Interceptor, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { createAttestedConnections, type SessionManager } from "../attested/index.ts";
import { CountersignError } from "../errors/index.ts";
import { type AttestedTrust, assertTrust, createAttestedKeysetSource } from "../trust/index.ts";
import { bearerToken } from "./bearer-token.ts";
import type { VerificationOptions } from "./call-options.ts";
import { type CountersignClient, createClientOver, createVerifyingClient } from "./client.ts";
import { gatewayUrl } from "./gateway-url.ts";
import type { TlsOptions } from "./tls-options.ts";

export type { TlsOptions } from "./tls-options.ts";

/** The HTTP part of a transport's options: a session manager for HTTP/2, an agent for HTTP/1.1. */
type HttpOptions =
  | { httpVersion: "2"; sessionManager: SessionManager }
  | { httpVersion: "1.1"; nodeOptions: { agent: http.Agent } };

/** How calls travel. */
export type Protocol = "connect" | "grpc" | "grpc-web";

/** Options of {@link createClient}. */
export interface ClientOptions extends VerificationOptions {
  /** Address of the gateway, `https://host[:port]` or `http://host[:port]`, with a path prefix if it has one. */
  readonly baseUrl: string;
  /** Bearer token. Absent: calls carry none. */
  readonly token?: string;
  /** Default `connect`. */
  readonly protocol?: Protocol;
  /** Default `2`; over `http://` that is HTTP/2 with prior knowledge. gRPC needs `2`. */
  readonly httpVersion?: "1.1" | "2";
  /** TLS of `https://` addresses. Default: what `node:tls` does. */
  readonly tls?: TlsOptions;
  /** Largest message sent or accepted. Bytes, default 16 MiB; above it calls fail with `call.resource_exhausted`. */
  readonly maxMessageBytes?: number;
}

/** A client that owns its connections. */
export interface ConnectedClient extends CountersignClient, Disposable {
  /** Closes the connections; calls in flight fail. An HTTP/2 connection left open keeps the process alive. */
  close(): void;
}

const DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** An HTTP/2 connection with open streams is probed so often: a dead peer is noticed while the model thinks. */
const PING_INTERVAL_MS = 25_000;

/**
 * A client for Node: one connection over HTTP/2, or a pool over HTTP/1.1. No compression, so that a token's length on
 * the wire is its own and nothing waits in a compressor.
 *
 * @throws CountersignError `config.invalid`
 */
export function createClient(options: ClientOptions): ConnectedClient {
  const { protocol = "connect", httpVersion = "2", maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
  if (protocol === "grpc" && httpVersion !== "2")
    throw new CountersignError("config.invalid", "gRPC needs httpVersion 2");
  if (!Number.isInteger(maxMessageBytes) || maxMessageBytes < 1 || maxMessageBytes > 0x7fffffff) {
    throw new CountersignError("config.invalid", "`maxMessageBytes` is a whole number of bytes from 1 to 2^31 - 1");
  }
  assertTrust(options.trust);
  const baseUrl = gatewayUrl(options.baseUrl);
  const common = {
    baseUrl,
    interceptors: options.token === undefined ? [] : [bearerToken(options.token)],
    acceptCompression: [],
    readMaxBytes: maxMessageBytes,
    writeMaxBytes: maxMessageBytes,
  };
  const { trust, tls = {} } = options;
  if (trust.kind === "attested") return createAttestedClient({ ...options, trust, tls, protocol, httpVersion }, common);
  const connection = openConnection(baseUrl, httpVersion, tls);
  const client = createClientOver(createTransport(protocol, common, connection.transportOptions), options);
  return { ...client, close: connection.close, [Symbol.dispose]: connection.close };
}

/** A client whose connections prove the keys it accepts. */
function createAttestedClient(
  options: ClientOptions & Required<Pick<ClientOptions, "tls" | "protocol" | "httpVersion">> & { trust: AttestedTrust },
  common: CommonOptions,
): ConnectedClient {
  const { trust, tls, protocol, httpVersion, now = Date.now } = options;
  const connections = createAttestedConnections({ ...trust, baseUrl: common.baseUrl, httpVersion, tls, now });
  const transport = createTransport(protocol, common, connections.transportOptions);
  const client = createVerifyingClient(transport, options, () => createAttestedKeysetSource(connections));
  return { ...client, close: connections.close, [Symbol.dispose]: connections.close };
}

interface CommonOptions {
  readonly baseUrl: string;
  readonly interceptors: Interceptor[];
  readonly acceptCompression: never[];
  readonly readMaxBytes: number;
  readonly writeMaxBytes: number;
}

function createTransport(protocol: Protocol, common: CommonOptions, connection: HttpOptions): Transport {
  switch (protocol) {
    case "connect":
      return createConnectTransport({ ...common, ...connection });
    case "grpc-web":
      return createGrpcWebTransport({ ...common, ...connection });
    case "grpc":
      if (connection.httpVersion !== "2") throw new CountersignError("config.invalid", "gRPC needs httpVersion 2");
      return createGrpcTransport({ ...common, ...connection });
    default:
      throw new CountersignError("config.invalid", "`protocol` is connect, grpc or grpc-web");
  }
}

function openConnection(
  baseUrl: string,
  httpVersion: "1.1" | "2",
  tls: TlsOptions,
): { readonly transportOptions: HttpOptions; readonly close: () => void } {
  switch (httpVersion) {
    case "2": {
      const sessionManager = new Http2SessionManager(baseUrl, { pingIntervalMs: PING_INTERVAL_MS }, tls);
      const reason = new CountersignError("call.cancelled", "the client was closed");
      return { transportOptions: { httpVersion, sessionManager }, close: () => sessionManager.abort(reason) };
    }
    case "1.1": {
      const isTls = baseUrl.startsWith("https:");
      const agent = isTls ? new https.Agent({ keepAlive: true, ...tls }) : new http.Agent({ keepAlive: true });
      return { transportOptions: { httpVersion, nodeOptions: { agent } }, close: () => agent.destroy() };
    }
    default:
      throw new CountersignError("config.invalid", '`httpVersion` is "1.1" or "2"');
  }
}
