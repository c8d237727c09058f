import type { TLSSocket } from "node:tls";
import { CountersignError } from "../errors/index.ts";
import type { AttestedConnection } from "../evidence/index.ts";
import type { AttestationSettings } from "./attestation-options.ts";
import type { AttestedKeys } from "./attested-keys.ts";
import { type AttestedSocket, openAttestedSocket } from "./attested-socket.ts";

/** Attested sockets for a pool of HTTP/1.1 connections. */
export interface AttestedSockets extends AttestedKeys {
  /**
   * A socket nobody has used yet.
   *
   * @throws CountersignError `tls.channel`, `attestation.*`, `call.*`
   */
  take(): Promise<TLSSocket>;
  /** Whether the socket was attested since the last {@link AttestedKeys.renew}, and may carry another request. */
  isCurrent(socket: object): boolean;
}

/** Opens and remembers the sockets of one pool. */
export function createAttestedSockets(settings: AttestationSettings): AttestedSockets {
  let closing = new AbortController();
  let current = new Set<object>();
  let newest: AttestedConnection | undefined;
  /** Opened to learn the keys; the next request takes it. */
  let spare: Promise<AttestedSocket> | undefined;

  async function open(): Promise<AttestedSocket> {
    const generation = current;
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(settings.attestationTimeoutMs)]);
    const opened = await openAttestedSocket(settings, signal);
    const { socket, attested } = opened;
    // Attested for a generation that was retired meanwhile: good for nothing.
    if (generation !== current) {
      socket.destroy();
      return open();
    }
    newest = attested;
    generation.add(socket);
    socket.once("close", () => generation.delete(socket));
    return opened;
  }

  async function attested(): Promise<AttestedConnection> {
    if (newest !== undefined && current.size > 0) return newest;
    spare ??= open();
    const opening = spare;
    try {
      const opened = await opening;
      // Waiting for a request must not keep the process alive.
      if (spare === opening) opened.socket.unref();
      return opened.attested;
    } catch (error) {
      if (spare === opening) spare = undefined;
      throw error;
    }
  }

  async function take(): Promise<TLSSocket> {
    const waiting = spare;
    spare = undefined;
    if (waiting !== undefined) {
      const { socket } = await waiting;
      if (!socket.destroyed && socket.writable && socket.readableLength === 0 && current.has(socket))
        return socket.ref();
      socket.destroy();
    }
    return (await open()).socket;
  }

  function retire(): void {
    spare?.then(({ socket }) => socket.destroy()).catch(() => {});
    spare = undefined;
    newest = undefined;
    current = new Set();
  }

  return {
    take,
    attested,
    isCurrent: (socket) => current.has(socket),
    renew: retire,
    close() {
      closing.abort(new CountersignError("call.cancelled", "the client was closed"));
      closing = new AbortController();
      retire();
    },
  };
}
