import type { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import type { Readable } from "node:stream";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";

/** An answer read to its end. */
export interface TlsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: NodeJS.Dict<string | string[]>;
}

/** One request. With a body it is a POST. */
export interface TlsAsk {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A caller on exactly one TLS connection, who sees that connection's leaf and exporter. */
export interface TlsCaller extends Disposable {
  readonly socket: TLSSocket;
  readonly leaf: X509Certificate;
  /** DER SubjectPublicKeyInfo of the leaf. */
  readonly spki: Uint8Array;
  exporter(label: string, context: Uint8Array): Uint8Array;
  ask(asked: TlsAsk): Promise<TlsAnswer>;
}

export interface TlsCallerOptions {
  readonly httpVersion?: "1.1" | "2";
  readonly tls?: ConnectionOptions;
}

/** Connects, captures the leaf, and keeps the connection until it is disposed of. */
export async function openTlsCaller(url: string, options: TlsCallerOptions = {}): Promise<TlsCaller> {
  const { httpVersion = "1.1", tls = {} } = options;
  const { hostname, port } = new URL(url);
  const ALPNProtocols = [httpVersion === "2" ? "h2" : "http/1.1"];
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false, ALPNProtocols, ...tls });
  await once(socket, "secureConnect");
  socket.on("error", () => {});
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) throw new Error("no certificate was presented");
  const send = httpVersion === "2" ? overHttp2(url, socket) : overHttp1(socket);
  return {
    socket,
    leaf,
    spki: new Uint8Array(leaf.publicKey.export({ format: "der", type: "spki" }) as Buffer),
    exporter: (label, context) => new Uint8Array(socket.exportKeyingMaterial(32, label, Buffer.from(context))),
    ask: send,
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

const methodOf = ({ method, body }: TlsAsk): string => method ?? (body === undefined ? "GET" : "POST");

function overHttp1(socket: TLSSocket): TlsCaller["ask"] {
  const agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), { createConnection: () => socket });
  return async (asked) => {
    const { path, headers, body } = asked;
    const outgoing = request({ agent, path, method: methodOf(asked), headers: { host: "localhost", ...headers } });
    outgoing.end(body);
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    const bytes = await readAll(response);
    return { status: response.statusCode ?? 0, headers: response.headers, body: bytes, trailers: response.trailers };
  };
}

function overHttp2(url: string, socket: TLSSocket): TlsCaller["ask"] {
  const session = connectHttp2(url, { createConnection: () => socket });
  session.on("error", () => {});
  return async (asked) => {
    const stream = session.request({ ":method": methodOf(asked), ":path": asked.path, ...asked.headers });
    let trailers: NodeJS.Dict<string | string[]> = {};
    stream.on("trailers", (fields: NodeJS.Dict<string | string[]>) => {
      trailers = fields;
    });
    stream.end(asked.body);
    const [headers] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status"?: number }];
    const body = await readAll(stream);
    return { status: headers[":status"] ?? 0, headers, body, trailers };
  };
}

async function readAll(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
