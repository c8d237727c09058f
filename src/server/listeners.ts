import { constants } from "node:crypto";
import type { ServerOptions as Http1Options } from "node:http";
import { createSecureServer, type ServerOptions as Http2Options } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { type DrainableListener, drainable } from "./drain.ts";
import type { HttpHandler } from "./http-message.ts";
import { answerMalformedRequests } from "./malformed-request.ts";
import { cleartextServer } from "./preface-sniffer.ts";
import type { TlsIdentity } from "./tls-identity.ts";

/** Bounds on callers' connections. */
export interface ListenerLimits {
  /** Header block of one request. Bytes. */
  readonly headerBytes: number;
  /** Open HTTP/2 streams per connection. */
  readonly concurrentStreams: number;
  /** Open connections. */
  readonly connections: number;
  /** A caller sending its header block. Milliseconds. */
  readonly headersMs: number;
  /** A connection without a request. Milliseconds. */
  readonly keepAliveMs: number;
}

/** A port that accepts connections. */
export interface Listener extends DrainableListener {
  readonly port: number;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly limits: ListenerLimits;
  readonly handler: HttpHandler;
  /** Called with +1 and -1 as connections come and go. */
  readonly onConnections: (change: 1 | -1) => void;
}

function http1Options(limits: ListenerLimits): Http1Options {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    // Node looks for slow header blocks at intervals; its own interval of 30 s would triple the default limit.
    connectionsCheckingInterval: Math.ceil(limits.headersMs / 4),
    keepAliveTimeout: limits.keepAliveMs,
    // Bodies have a time limit of their own (readRequestBody); this one would cut long streams of requests.
    requestTimeout: 0,
    noDelay: true,
  };
}

function http2Options(limits: ListenerLimits): Http2Options {
  return {
    settings: { maxConcurrentStreams: limits.concurrentStreams, maxHeaderListSize: limits.headerBytes },
    maxSendHeaderBlockLength: 64 << 10,
  };
}

function listen(server: Server, { host, port, limits }: ListenerOptions): Promise<number> {
  server.maxConnections = limits.connections;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Opens a cleartext port for HTTP/1.1 and HTTP/2 with prior knowledge. Rejects if the port cannot be had. */
export async function listenCleartext(options: ListenerOptions): Promise<Listener> {
  const { limits, handler, onConnections } = options;
  const { front, http1, http2 } = cleartextServer(handler, {
    http1: http1Options(limits),
    http2: http2Options(limits),
    sniffTimeoutMs: limits.headersMs,
  });
  const drain = drainable({ front, http1, http2, socketEvent: "connection", onConnections });
  return { port: await listen(front, options), ...drain };
}

/** What every certificate of a TLS listener is presented with. */
export const TLS_CONTEXT = {
  minVersion: "TLSv1.2",
  // A resumed session shows the caller no certificate, and with it no evidence.
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

/**
 * Opens a TLS port (1.2 and 1.3) for HTTP/1.1 and HTTP/2 by ALPN. When the identity changes, new connections are
 * presented the new certificate and open ones keep theirs. Rejects if the port cannot be had.
 */
export async function listenTls(options: ListenerOptions & { readonly identity: TlsIdentity }): Promise<Listener> {
  const { identity, limits, handler, onConnections } = options;
  const server = createSecureServer(
    {
      ...http1Options(limits),
      ...http2Options(limits),
      allowHTTP1: true,
      ...contextOf(identity),
      handshakeTimeout: limits.headersMs,
      SNICallback: (serverName, use) => use(null, identity.contextFor(serverName)),
    },
    handler as never,
  );
  identity.onChange(() => server.setSecureContext(contextOf(identity)));
  answerMalformedRequests(server);
  const http1 = server as unknown as { closeIdleConnections(): void };
  const drain = drainable({ front: server, http1, http2: server, socketEvent: "secureConnection", onConnections });
  return { port: await listen(server, options), ...drain };
}

function contextOf({ presented }: TlsIdentity) {
  return { ...TLS_CONTEXT, cert: presented.certificate, key: presented.key };
}
