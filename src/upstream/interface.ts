import type { Socket } from "node:net";
import type { UpstreamError } from "./upstream-error.ts";
import type { UpstreamHeaders } from "./upstream-headers.ts";

/**
 * Limits of one call, in milliseconds; 0 means no limit. They are kept by a coarse clock: a limit never fires early and
 * fires at most four clock ticks (100 ms) late, plus the time the event loop was busy. After a busy event loop, bytes that
 * are already waiting are read before any limit is judged.
 */
export interface UpstreamTimeouts {
  /** From `send` until a connection is ready (free slot, TCP and TLS). Starts again when a request moves to a fresh connection. */
  connectMs: number;
  /**
   * From the request being written until the response head is complete; interim (1xx) responses do not extend it. The same
   * limit also bounds the writing itself, so an engine that stops reading the request is noticed. Stands still while paused.
   */
  firstByteMs: number;
  /** Between two reads of the response body. Stands still while paused. */
  idleMs: number;
  /** From `send` until the end of the response. Runs on while paused. */
  totalMs: number;
}

/** One request. The client adds Host, Content-Length and Connection itself. */
export interface UpstreamRequest {
  /** A token; case matters. CONNECT is refused. */
  method: string;
  /** Origin form: starts with "/", visible ASCII only, no "#". */
  path: string;
  /**
   * Field names and values, sent in this order. Refused with a TypeError: names that are no tokens, values with control
   * characters or characters beyond Latin-1, and the hop-by-hop and framing fields that this client owns.
   */
  headers: readonly (readonly [name: string, value: string])[];
  /** Must not change until the call has ended. */
  body?: Uint8Array;
  /** Overrides of the client's limits for this call. */
  timeouts?: Partial<UpstreamTimeouts>;
}

/**
 * Receives one response. Every method is called synchronously from a socket read or a timer, never from inside `send`; in the order
 * onHead, then per read (onBody, onReadEnd), then exactly one of onEnd and onError, once. onError may come at any point.
 * A handler must not throw: if one does, its call ends with `aborted`, its connection is destroyed and the exception goes on.
 */
export interface UpstreamHandler {
  /** The final response head; interim (1xx) responses have been consumed. */
  onHead(status: number, headers: UpstreamHeaders): void;
  /**
   * Body bytes without their framing, at most once per socket read.
   * @param chunk a view on a read buffer shared by all connections: valid during this call only, copy what must outlive it.
   *   A socket write that is not complete on return keeps a reference, so it needs a copy too. `chunk.buffer` holds bytes of
   *   other streams: never hand that on, nor clone or transfer the chunk as it is.
   */
  onBody(chunk: Buffer): void;
  /** After the last onBody of one socket read. */
  onReadEnd?(): void;
  /** The response is complete by its own framing. */
  onEnd(): void;
  onError(error: UpstreamError): void;
}

/** A running call. All methods do nothing once the call has ended. */
export interface UpstreamCall {
  /** Destroys the connection at once and ends the call with `aborted`, reported before this returns. */
  abort(): void;
  /** Stops reading the socket. What the current read already holds is still delivered (at most 64 KiB). */
  pause(): void;
  /** Reads on. */
  resume(): void;
}

/** An HTTP/1.1 client for one origin, with its own keep-alive connections. */
export interface UpstreamClient {
  /**
   * Sends one request. Failures of the network reach the handler.
   * @throws TypeError for a request that must not be sent, an error in the calling program.
   */
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
  /** Closes idle connections now and the others as their calls end. Later `send`s end with `aborted`. */
  close(): void;
  /** Calls that have not ended, those waiting for a connection included. */
  readonly active: number;
}

/** Options of {@link createUpstreamClient}. */
export interface UpstreamClientOptions {
  /** Scheme (http: or https:), host and port of the engine. A path, query, fragment or credentials are refused. */
  origin: URL;
  /** Limits of every call, unless the request overrides them. */
  timeouts: UpstreamTimeouts;
  /** Idle connections kept for reuse; default 100. The least recently used is closed first. */
  maxIdleSockets?: number;
  /** How long an idle connection is kept, in milliseconds; default 4000, below the 5 s after which common engines close theirs. 0 keeps none. */
  idleSocketMs?: number;
  /** Largest response head, and largest trailer section, in bytes; default 65536. Beyond it a call ends with `too_large`. */
  maxHeadBytes?: number;
  /** Connections open at the same time; default unlimited. Further calls wait in order of arrival, within `connectMs` and `totalMs`. */
  maxConnections?: number;
  /**
   * Makes the socket of a new connection, for example TLS with a pinned key; default `net.connect` or `tls.connect` to the
   * origin with the system's trust. A TLS socket must not have finished its handshake. The request is written after
   * `secureConnect` (`connect` without TLS); a listener the factory adds for that event runs first and vetoes by destroying the socket.
   */
  connect?: () => Socket;
}
