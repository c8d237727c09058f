import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { CountersignError } from "../errors/index.ts";
import { bearerToken } from "./bearer-token.ts";
import type { VerificationOptions } from "./call-options.ts";
import { type CountersignClient, createClientOver } from "./client.ts";
import { gatewayUrl } from "./gateway-url.ts";

/** Options of {@link createWebClient}. */
export interface WebClientOptions extends VerificationOptions {
  /** Address of the gateway, `https://host[:port]`, with a path prefix if it has one. */
  readonly baseUrl: string;
  /** Bearer token. Absent: calls carry none. */
  readonly token?: string;
  /** Default `connect`. */
  readonly protocol?: "connect" | "grpc-web";
  /** The fetch to use. Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * A client for browsers and other runtimes that have `fetch` and no sockets. It verifies all that the Node client does;
 * connections, TLS and message sizes are the runtime's business.
 *
 * @throws CountersignError `config.invalid`
 */
export function createWebClient(options: WebClientOptions): CountersignClient {
  const { protocol = "connect" } = options;
  const common = {
    baseUrl: gatewayUrl(options.baseUrl),
    interceptors: options.token === undefined ? [] : [bearerToken(options.token)],
    useBinaryFormat: true,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  };
  switch (protocol) {
    case "connect":
      return createClientOver(createConnectTransport(common), options);
    case "grpc-web":
      return createClientOver(createGrpcWebTransport(common), options);
    default:
      throw new CountersignError("config.invalid", "`protocol` is connect or grpc-web");
  }
}
