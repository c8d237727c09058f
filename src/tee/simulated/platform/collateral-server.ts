import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { TeeError } from "../../tee-error.ts";
import type { Collateral } from "./collateral.ts";
import type { SimulatedPlatform } from "./simulated-platform.ts";

/** Intel's provisioning certification service, or a cache of it, for one simulated platform. */
export interface CollateralServer {
  /** For example `http://127.0.0.1:40001`: the base that paths are appended to. */
  readonly url: string;
  /** Ends every connection. */
  close(): Promise<void>;
}

export interface CollateralServerOptions {
  /** On the loopback interface. Default: a free one. */
  readonly port?: number;
  /** Unix seconds. Default: the clock. */
  readonly now?: () => number;
}

const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 8 * 1024;
/** For a whole request. Milliseconds. */
const REQUEST_TIMEOUT = 5_000;

interface Answer {
  readonly type: "application/json" | "application/pkix-crl" | "text/plain";
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Serves the platform's collateral on loopback under the paths of Intel's service (version 4), and the root CRL also
 * where caches have it.
 *
 * @throws TeeError if the port cannot be had
 */
export async function startCollateralServer(
  platform: SimulatedPlatform,
  options: CollateralServerOptions = {},
): Promise<CollateralServer> {
  const { port = 0, now = () => Date.now() / 1000 } = options;
  // Requests come from anyone on this machine: no body is read, and size, count and time are bounded.
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT },
    (request, response) => {
      request.resume();
      if (request.method !== "GET") return refuse(response, 405);
      const url = URL.parse(request.url ?? "", "http://127.0.0.1");
      if (url === null) return refuse(response, 400);
      const collateral: Collateral = JSON.parse(platform.collateral(now()));
      const found = answer(url, platform, collateral);
      if (typeof found === "number") return refuse(response, found);
      response.writeHead(200, { "Content-Type": found.type, ...found.headers }).end(found.body);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  const address = await listen(server, port);
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The answer to a request, or the status of its refusal. */
function answer({ pathname, searchParams }: URL, platform: SimulatedPlatform, collateral: Collateral): Answer | number {
  switch (pathname) {
    case "/sgx/certification/v4/pckcrl":
      // The simulated platform's certificate comes from the Platform CA; there is no Processor CA.
      if (searchParams.get("ca") !== "platform") return 404;
      if (searchParams.get("encoding") !== "der") return 400;
      return {
        type: "application/pkix-crl",
        body: Buffer.from(collateral.pck_crl, "hex"),
        headers: { "SGX-PCK-CRL-Issuer-Chain": encodeURIComponent(collateral.pck_crl_issuer_chain) },
      };
    case "/sgx/certification/v4/rootcacrl":
      return { type: "text/plain", body: collateral.root_ca_crl };
    case "/IntelSGXRootCA.der":
      return { type: "application/pkix-crl", body: Buffer.from(collateral.root_ca_crl, "hex") };
    case "/tdx/certification/v4/tcb":
      if (searchParams.get("fmspc")?.toLowerCase() !== platform.fmspc) return 404;
      return {
        type: "application/json",
        body: `{"tcbInfo":${collateral.tcb_info},"signature":"${collateral.tcb_info_signature}"}`,
        headers: { "TCB-Info-Issuer-Chain": encodeURIComponent(collateral.tcb_info_issuer_chain) },
      };
    case "/tdx/certification/v4/qe/identity":
      return {
        type: "application/json",
        body: `{"enclaveIdentity":${collateral.qe_identity},"signature":"${collateral.qe_identity_signature}"}`,
        headers: { "SGX-Enclave-Identity-Issuer-Chain": encodeURIComponent(collateral.qe_identity_issuer_chain) },
      };
    default:
      return 404;
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "Content-Length": 0 }).end();
}

function listen(server: Server, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", () => {
      reject(new TeeError("tee.unreachable", `simulated collateral service: cannot listen on 127.0.0.1:${port}`));
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      if (address !== null && typeof address === "object") resolve(address);
    });
  });
}
