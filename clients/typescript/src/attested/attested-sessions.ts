import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  ClientSessionRequestOptions,
  OutgoingHttpHeaders,
} from "node:http2";
import { Http2SessionManager } from "@connectrpc/connect-node";
import { CountersignError } from "../errors/index.ts";
import type { AttestedConnection } from "../evidence/index.ts";
import {
  type Answer,
  ATTEST_HEADERS,
  ATTEST_PATH,
  attestBody,
  evidenceOf,
  MAX_ANSWER_BYTES,
  unavailable,
} from "./attest-call.ts";
import type { AttestationSettings } from "./attestation-options.ts";
import type { AttestedKeys } from "./attested-keys.ts";
import { abandoned, dial } from "./dial.ts";
import { judge } from "./judge.ts";

/** A connection with open streams is probed so often. */
const PING_INTERVAL_MS = 25_000;
/** How often a request that found its connection gone gets another. */
const MAX_CONNECTIONS_PER_REQUEST = 3;

/** What the transports of `@connectrpc/connect-node` take as `sessionManager`. */
export interface SessionManager {
  authority: string;
  request(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    options: Omit<ClientSessionRequestOptions, "signal">,
  ): Promise<ClientHttp2Stream>;
  notifyResponseByteRead(stream: ClientHttp2Stream): void;
}

/** HTTP/2 connections of one gateway, one at a time, with the keys the current one proved. */
export interface AttestedSessions extends AttestedKeys {
  readonly sessionManager: SessionManager;
}

interface OpenSession {
  readonly manager: Http2SessionManager;
  readonly session: ClientHttp2Session;
  readonly attested: AttestedConnection;
}

/** The connection a manager was made for is gone. It must not dial another by itself: that one would not be attested. */
class ConnectionSpent extends Error {
  override readonly name = "ConnectionSpent";
}

/** Each connection is attested on its first stream, and no other opens before it is verified; reconnects too. */
export function createAttestedSessions(settings: AttestationSettings): AttestedSessions {
  let closing = new AbortController();
  let opening: Promise<OpenSession> | undefined;
  let current: OpenSession | undefined;
  /** Every manager with streams in flight. */
  const managers = new Set<Http2SessionManager>();

  async function open(): Promise<OpenSession> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(settings.attestationTimeoutMs)]);
    const { socket, channel } = await dial(settings, "h2", signal);
    let unused: typeof socket | undefined = socket;
    const manager = new Http2SessionManager(
      settings.origin,
      { pingIntervalMs: PING_INTERVAL_MS },
      {
        createConnection() {
          const connection = unused;
          unused = undefined;
          if (connection === undefined) throw new ConnectionSpent();
          return connection;
        },
      },
    );
    try {
      const stream = await manager.request("POST", `${settings.pathPrefix}${ATTEST_PATH}`, { ...ATTEST_HEADERS }, {});
      const { session } = stream;
      if (session === undefined) throw unavailable("the gateway closed the connection instead of giving evidence");
      const evidence = evidenceOf(await exchange(stream, attestBody(channel.nonce), signal));
      const attested = await judge(settings, channel, evidence);
      managers.add(manager);
      session.once("close", () => managers.delete(manager));
      return { manager, session: session as ClientHttp2Session, attested };
    } catch (error) {
      const failure =
        error instanceof CountersignError
          ? error
          : unavailable("the connection broke before it was attested", { cause: error });
      manager.abort(failure);
      socket.destroy();
      throw failure;
    }
  }

  function connected(): Promise<OpenSession> {
    if (current !== undefined) {
      if (!current.session.closed && !current.session.destroyed) return Promise.resolve(current);
      current = undefined;
    }
    if (opening === undefined) {
      const attempt = open();
      opening = attempt;
      attempt.then(
        (opened) => {
          if (opening !== attempt) return retire(opened);
          opening = undefined;
          current = opened;
        },
        () => {
          if (opening === attempt) opening = undefined;
        },
      );
    }
    return opening;
  }

  async function request(...[method, path, headers, options]: Parameters<SessionManager["request"]>) {
    for (let attempt = 0; attempt < MAX_CONNECTIONS_PER_REQUEST; attempt++) {
      const { manager } = await connected();
      try {
        return await manager.request(method, path, headers, options);
      } catch (error) {
        // Nothing was sent, so another connection may be tried, attested like any.
        if (!(error instanceof ConnectionSpent)) throw error;
        if (current?.manager === manager) current = undefined;
      }
    }
    throw new CountersignError("call.unavailable", "the gateway closes its connections as soon as they are attested");
  }

  /** No new streams; those in flight come to their end. */
  function retire({ session }: OpenSession): void {
    session.close();
  }

  return {
    sessionManager: {
      authority: settings.origin,
      request,
      notifyResponseByteRead(stream) {
        for (const manager of managers) manager.notifyResponseByteRead(stream);
      },
    },
    attested: async () => (await connected()).attested,
    renew() {
      if (current !== undefined) retire(current);
      current = undefined;
      opening = undefined;
    },
    close() {
      const reason = new CountersignError("call.cancelled", "the client was closed");
      closing.abort(reason);
      closing = new AbortController();
      opening = undefined;
      current = undefined;
      for (const manager of managers) manager.abort(reason);
    },
  };
}

/** Sends the one request and reads the whole, bounded answer. */
async function exchange(stream: ClientHttp2Stream, body: Uint8Array, signal: AbortSignal): Promise<Answer> {
  const onAbort = (): void => {
    stream.destroy(abandoned(signal));
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  const head = Promise.withResolvers<Omit<Answer, "body">>();
  head.promise.catch(() => {});
  stream.once("response", (headers) => {
    head.resolve({
      status: headers[":status"] ?? 0,
      contentType: headers["content-type"],
      contentEncoding: headers["content-encoding"],
    });
  });
  // The stream may end before it is closed, and whatever ends the session in between is an error of the stream as well.
  stream.on("error", () => {});
  stream.once("close", () => head.reject(unavailable("the gateway closed the stream instead of giving evidence")));
  try {
    stream.end(body);
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of stream) {
      length += part.length;
      if (length > MAX_ANSWER_BYTES) throw unavailable("the gateway's answer to AttestConnection is too large");
      parts.push(part);
    }
    return { ...(await head.promise), body: new Uint8Array(Buffer.concat(parts)) };
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    throw unavailable("the gateway broke off its answer to AttestConnection", { cause: error });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
