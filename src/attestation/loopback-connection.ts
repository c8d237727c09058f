import type { X509Certificate } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import { connect, type TLSSocket } from "node:tls";
import { EXPORTER_BYTES } from "@countersign/client/ratls";

/** Where a listener of this gateway is reached from inside. */
export interface LoopbackAddress {
  readonly host: string;
  readonly port: number;
}

/** A TLS 1.3 connection of this process to its own listener: what a caller's handshake would see. */
export interface LoopbackConnection extends Disposable {
  /** As presented, leaf first. */
  readonly chain: readonly [X509Certificate, ...X509Certificate[]];
  readonly protocol: string;
  /** The cipher suite's IANA name. */
  readonly cipherSuite: string;
  /** Keying material exporter (RFC 8446, section 7.5), 32 bytes. */
  exporter(label: string, context: Uint8Array): Uint8Array;
  /** Sends the connection's one request, a POST of JSON, and reads the whole answer. */
  post(path: string, body: string): Promise<{ readonly status: number; readonly body: Buffer }>;
}

/** Most certificates that are taken from a handshake, and most bytes of an answer. */
const MAX_CHAIN = 8;
const MAX_ANSWER_BYTES = 64 * 1024;

/** The address a listener on `host` is reached at: itself, or loopback if it listens everywhere. */
export function loopbackHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

/**
 * Connects and captures what was presented. Nothing about the peer is judged here: whoever listens there is a peer like
 * any other until its evidence holds.
 *
 * @throws Error if there is no such connection before the signal aborts
 */
export async function openLoopback(address: LoopbackAddress, signal: AbortSignal): Promise<LoopbackConnection> {
  const socket = await dial(address, signal);
  // Once and first: Node gives the client the leaf only the first time it is asked.
  const leaf = socket.getPeerX509Certificate();
  const protocol = socket.getProtocol();
  if (leaf === undefined || protocol === null) {
    socket.destroy();
    throw new Error("the listener presented no certificate");
  }
  return {
    chain: [leaf, ...issuersOf(leaf)],
    protocol,
    cipherSuite: socket.getCipher().standardName,
    exporter: (label, context) =>
      new Uint8Array(socket.exportKeyingMaterial(EXPORTER_BYTES, label, Buffer.from(context))),
    post: (path, body) => post(socket, path, body, signal),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

function dial({ host, port }: LoopbackAddress, signal: AbortSignal): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect({
    host,
    port,
    ALPNProtocols: ["http/1.1"],
    minVersion: "TLSv1.3",
    // What is presented is captured and judged by its evidence, not by who signed it.
    rejectUnauthorized: false,
  });
  const abort = (): void => void socket.destroy(new Error("the listener did not answer in time"));
  signal.addEventListener("abort", abort, { once: true });
  socket.once("close", () => {
    signal.removeEventListener("abort", abort);
    reject(new Error("the listener closed the connection"));
  });
  socket.on("error", reject);
  socket.once("secureConnect", () => resolve(socket));
  if (signal.aborted) abort();
  return promise;
}

function issuersOf(leaf: X509Certificate): X509Certificate[] {
  const issuers: X509Certificate[] = [];
  let last = leaf;
  while (issuers.length < MAX_CHAIN - 1) {
    const issuer = last.issuerCertificate;
    // A self-signed certificate may be given as its own issuer.
    if (issuer === undefined || issuer.raw.equals(last.raw)) break;
    issuers.push(issuer);
    last = issuer;
  }
  return issuers;
}

async function post(socket: TLSSocket, path: string, body: string, signal: AbortSignal) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request({
    createConnection: () => socket,
    method: "POST",
    path,
    headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body), connection: "close" },
    signal,
  })
    .once("response", resolve)
    .once("error", reject)
    .end(body);
  const response = await promise;
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_ANSWER_BYTES) throw new Error("the listener's answer is too large");
    parts.push(part);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts) };
}
