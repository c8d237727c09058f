import type { Agent } from "node:https";
import { type AttestationOptions, settleAttestation } from "./attestation-options.ts";
import { createAttestedAgent } from "./attested-agent.ts";
import type { AttestedKeys } from "./attested-keys.ts";
import { createAttestedSessions, type SessionManager } from "./attested-sessions.ts";

/** The HTTP part of a transport's options in `@connectrpc/connect-node`. */
export type AttestedTransportOptions =
  | { httpVersion: "2"; sessionManager: SessionManager }
  | { httpVersion: "1.1"; nodeOptions: { agent: Agent } };

/** Attested connections for a transport. */
export interface AttestedConnections extends AttestedKeys {
  /** To be spread into the options of a Connect, gRPC or gRPC-Web transport for the same `baseUrl`. */
  readonly transportOptions: AttestedTransportOptions;
}

/** How connections are attested, and what they carry. */
export interface AttestedConnectionsOptions extends AttestationOptions {
  /** Default `2`: one attestation for all calls. Under `1.1` every connection of the pool costs one. */
  readonly httpVersion?: "1.1" | "2";
}

/**
 * Connections to one gateway that are verified before they are trusted: TLS 1.3, the first request on each asks for
 * evidence bound to that very connection, and no byte of a caller's leaves before the evidence is accepted.
 *
 * @throws CountersignError `config.invalid`
 */
export function createAttestedConnections(options: AttestedConnectionsOptions): AttestedConnections {
  const settings = settleAttestation(options);
  if (options.httpVersion === "1.1") {
    const { agent, ...keys } = createAttestedAgent(settings);
    return { ...keys, transportOptions: { httpVersion: "1.1", nodeOptions: { agent } } };
  }
  const { sessionManager, ...keys } = createAttestedSessions(settings);
  return { ...keys, transportOptions: { httpVersion: "2", sessionManager } };
}
