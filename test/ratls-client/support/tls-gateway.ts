import { type EventEmitter, once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type ServerHttp2Session,
} from "node:http2";
import { createServer as createHttpsServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { SecureVersion, TLSSocket } from "node:tls";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { connectionReportData } from "../../../clients/typescript/src/evidence/index.ts";
import { NATIVE_EXPORTER_LABEL } from "../../../clients/typescript/src/ratls/index.ts";
import { certificatePem } from "../../../clients/typescript/src/x509/index.ts";
import {
  AttestConnectionRequestSchema,
  AttestConnectionResponseSchema,
  EvidenceSchema,
} from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { createLeaf, createLeafKey, type LeafKey } from "./leaf.ts";

export const ATTEST = "/countersign.attestation.v1.AttestationService/AttestConnection";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly path: string;
  readonly authorization?: string;
  /** Number of the connection it came over, from 0. */
  readonly connection: number;
}

/** A call of AttestConnection, to be answered. */
export interface AttestCall {
  readonly socket: TLSSocket;
  readonly nonce: Uint8Array;
  readonly body: Uint8Array;
  readonly key: LeafKey;
  readonly response: ServerResponse;
  /** What an honest gateway would answer. */
  readonly honest: () => Uint8Array;
}

export interface TlsGatewayOptions {
  readonly httpVersion: "1.1" | "2";
  readonly key?: LeafKey;
  readonly maxVersion?: SecureVersion;
  /** Replaces the attestation's answer. */
  readonly attest?: (call: AttestCall) => void;
  /** Answers everything else. Default: `hello`. */
  readonly serve?: RequestListener;
}

/** A gateway of the tests' own: attests connections with unsigned "quotes" that are the bare report data. */
export interface TlsGateway extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly key: LeafKey;
  readonly requests: SeenRequest[];
  /** The keyset it attests to from now on. */
  keyset: Uint8Array;
  readonly connections: number;
  /** PEM, self-signed. */
  readonly certificate: string;
  /** Says goodbye to every HTTP/2 session; resolves when the clients have seen it and left. */
  goAway(): Promise<void>;
  /** Cuts every connection; resolves when they are closed. */
  cut(): Promise<void>;
}

/** What a genuine gateway would answer for this connection and nonce. */
export function honestEvidence(
  socket: TLSSocket,
  nonce: Uint8Array,
  leafSpki: Uint8Array,
  keyset: Uint8Array,
): Uint8Array {
  const exporter = socket.exportKeyingMaterial(32, NATIVE_EXPORTER_LABEL, Buffer.from(nonce));
  const empty = new Uint8Array();
  const quote = connectionReportData({ nonce, keyset, devices: empty, manifest: empty, leafSpki, exporter });
  const evidence = create(EvidenceSchema, { keyset, nonce, quote, fresh: true, simulated: true });
  return toBinary(AttestConnectionResponseSchema, create(AttestConnectionResponseSchema, { evidence }));
}

export function answer(
  response: ServerResponse,
  body: Uint8Array,
  status = 200,
  contentType = "application/proto",
): void {
  response.writeHead(status, { "content-type": contentType });
  response.end(body);
}

export async function startTlsGateway(options: TlsGatewayOptions): Promise<TlsGateway> {
  const {
    httpVersion,
    key = createLeafKey(),
    maxVersion = "TLSv1.3",
    serve = (_request, response) => answer(response, Buffer.from("hello"), 200, "text/plain"),
  } = options;
  const now = Math.floor(Date.now() / 1000);
  const cert = certificatePem(createLeaf({ key, notBefore: now - 60, notAfter: now + 3600 }));
  const secrets = { cert, key: key.privateKey.export({ type: "pkcs8", format: "pem" }), maxVersion };
  const numbers = new Map<object, number>();
  const sockets = new Set<TLSSocket>();
  const sessions = new Set<ServerHttp2Session>();
  const requests: SeenRequest[] = [];
  const state = { keyset: new TextEncoder().encode("keyset one") };

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const socket = request.socket as TLSSocket;
    // Over HTTP/2 every request has a socket of its own, which stands for that of the session.
    const connection = "stream" in request ? (request as unknown as Http2ServerRequest).stream.session : socket;
    if (connection !== undefined && !numbers.has(connection)) numbers.set(connection, numbers.size);
    const { url: path = "", headers } = request;
    const number = numbers.get(connection ?? socket) ?? -1;
    requests.push({ path, connection: number, ...(headers.authorization && { authorization: headers.authorization }) });
    if (path !== ATTEST) {
      serve(request, response);
      return;
    }
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      const { nonce } = fromBinary(AttestConnectionRequestSchema, body);
      const honest = (): Uint8Array => honestEvidence(socket, nonce, key.spki, state.keyset);
      if (options.attest !== undefined) options.attest({ socket, nonce, body, key, response, honest });
      else answer(response, honest());
    });
  };
  const server: Server | Http2SecureServer =
    httpVersion === "1.1" ? createHttpsServer(secrets, handle) : createSecureServer(secrets, handle as never);
  server.on("secureConnection", (socket: TLSSocket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
  });
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on("error", () => {}).once("close", () => sessions.delete(session));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const closed = async (all: Iterable<EventEmitter>): Promise<void> => {
    await Promise.all([...all].map((one) => once(one, "close")));
    // Both ends share this loop: a few turns of it, and the other end has seen it too.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const cut = async (): Promise<void> => {
    const ended = closed([...sessions, ...sockets]);
    for (const session of sessions) session.destroy();
    for (const socket of sockets) socket.destroy();
    await ended;
  };
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    key,
    certificate: cert,
    requests,
    get keyset() {
      return state.keyset;
    },
    set keyset(bytes) {
      state.keyset = bytes;
    },
    get connections() {
      return numbers.size;
    },
    async goAway() {
      const ended = closed(sessions);
      for (const session of sessions) session.close();
      await ended;
    },
    cut,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => server.close(resolve));
      await cut();
      await ended;
    },
  };
}
