import type { ClientRequestArgs } from "node:http";
import { Agent } from "node:https";
import type { Duplex } from "node:stream";
import { CountersignError } from "../errors/index.ts";
import type { AttestationSettings } from "./attestation-options.ts";
import type { AttestedKeys } from "./attested-keys.ts";
import { type AttestedSockets, createAttestedSockets } from "./attested-sockets.ts";

/** An agent for `node:https` with the keys its connections proved. */
export interface AttestedAgent extends AttestedKeys {
  /** For requests to the gateway; it refuses any other host. */
  readonly agent: Agent;
}

/** A pool of HTTP/1.1 connections, each of them attested before the agent gets it. */
export function createAttestedAgent(settings: AttestationSettings): AttestedAgent {
  const sockets = createAttestedSockets(settings);
  const agent = new SocketAgent(settings, sockets);
  return {
    agent,
    attested: sockets.attested,
    renew() {
      sockets.renew();
      agent.dropIdle();
    },
    close() {
      sockets.close();
      agent.destroy();
    },
  };
}

class SocketAgent extends Agent {
  readonly #settings: AttestationSettings;
  readonly #sockets: AttestedSockets;

  constructor(settings: AttestationSettings, sockets: AttestedSockets) {
    // No cached sessions: a resumed connection shows no certificate.
    super({ keepAlive: true, maxCachedSessions: 0 });
    this.#settings = settings;
    this.#sockets = sockets;
  }

  override createConnection(
    { host, port }: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): null {
    const answer = callback as ((error: unknown, stream?: Duplex) => void) | undefined;
    if (host !== this.#settings.host || Number(port) !== this.#settings.port) {
      queueMicrotask(() => answer?.(new CountersignError("config.invalid", "this agent connects to its gateway only")));
    } else {
      this.#sockets.take().then(
        (socket) => answer?.(null, socket),
        (error: unknown) => answer?.(error),
      );
    }
    return null;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    // Declared to return nothing, it says whether the server keeps the connection as well.
    const kept: unknown = super.keepSocketAlive(socket);
    return kept !== false && this.#sockets.isCurrent(socket);
  }

  dropIdle(): void {
    for (const idle of Object.values(this.freeSockets)) for (const socket of idle ?? []) socket.destroy();
  }
}
