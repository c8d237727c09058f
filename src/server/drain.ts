import type { Server as Http1Server } from "node:http";
import type { Http2SecureServer, Http2Server, ServerHttp2Session } from "node:http2";
import type { Server, Socket } from "node:net";

/** A listener that can be closed without cutting what is in flight. */
export interface DrainableListener {
  /**
   * Stops accepting, tells HTTP/2 callers (GOAWAY), closes connections as they become idle, and resolves when the last
   * one is closed. After `forceAfterMs` the rest is cut.
   */
  close(forceAfterMs: number): Promise<void>;
}

/** How often idle HTTP/1.1 connections are looked for while draining. Milliseconds. */
const IDLE_SWEEP_MS = 50;

interface Parts {
  /** The listening server. */
  readonly front: Server;
  /** Where HTTP/1.1 connections live, if they have an idle sweep. */
  readonly http1: Pick<Http1Server, "closeIdleConnections"> | undefined;
  /** Where HTTP/2 sessions appear. */
  readonly http2: Http2Server | Http2SecureServer;
  /** Event of `front` that hands out sockets. */
  readonly socketEvent: "connection" | "secureConnection";
  /** Called with +1 and -1 as connections come and go. */
  readonly onConnections: (change: 1 | -1) => void;
}

/** Tracks the connections of a listener so that it can be drained. Call before it listens. */
export function drainable(parts: Parts): DrainableListener {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  let draining = false;
  // One function for all sockets instead of a closure for each: there may be many thousands.
  function onSocketClose(this: Socket): void {
    sockets.delete(this);
    parts.onConnections(-1);
  }
  parts.front.on(parts.socketEvent, (socket: Socket) => {
    sockets.add(socket);
    parts.onConnections(1);
    socket.once("close", onSocketClose);
  });
  parts.http2.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    if (draining) session.close();
  });
  return {
    close(forceAfterMs) {
      draining = true;
      return new Promise((resolve) => {
        const idle = setInterval(() => parts.http1?.closeIdleConnections(), IDLE_SWEEP_MS);
        const force = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, forceAfterMs);
        parts.front.close(() => {
          clearInterval(idle);
          clearTimeout(force);
          resolve();
        });
        for (const session of sessions) session.close();
        parts.http1?.closeIdleConnections();
      });
    },
  };
}
