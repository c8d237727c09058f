import {
  type AppCompose,
  type BootRecord,
  bootRecord,
  DEFAULT_APP_COMPOSE,
  type EventVersion,
  type LogAnomaly,
} from "../event-log/index.ts";
import type { SimulatedKms } from "../kms/index.ts";
import type { AgentFault } from "./agent-fault.ts";
import { agentServer } from "./agent-server.ts";
import { faultyQuotes } from "./faulty-quote.ts";
import { guestMethods } from "./guest-methods.ts";
import { machine, type QuoteMaker } from "./machine.ts";
import { tappdMethods } from "./tappd-methods.ts";
import { listenPrivately } from "./unix-socket.ts";

export interface SimulatedAgentOptions {
  /** Where to listen. Its directory is made, or must be one with mode 0700. */
  readonly socketPath: string;
  /** Makes the quotes. They are made again for every request. */
  readonly quoteMaker: QuoteMaker;
  readonly kms: SimulatedKms;
  /** What the machine runs. Default DEFAULT_APP_COMPOSE. */
  readonly compose?: AppCompose;
  /** Form of the event log. Default 1. */
  readonly eventVersion?: EventVersion;
  /** Number of GPUs the machine states to have. Default 1. */
  readonly gpuCount?: number;
  /** How long a connection may send nothing. Milliseconds; default 10 000, as the real agent. */
  readonly idleMs?: number;
  /** Default none; see faultFromEnvironment. */
  readonly fault?: AgentFault | undefined;
}

/** A running agent. */
export interface SimulatedAgent {
  readonly socketPath: string;
  /** What the machine measured at boot: what a policy for it pins. */
  readonly boot: BootRecord;
  /** Stops listening, cuts open connections and removes the socket. */
  close(): Promise<void>;
}

const DEFAULT_IDLE_MS = 10_000;
const LOG_ANOMALIES: ReadonlySet<string> = new Set<LogAnomaly>(["empty-digests", "extra-event", "duplicate-event"]);

/**
 * Starts a stand-in for dstack's guest agent (release 0.6, with the quote methods of 0.3) on a Unix socket. Its answers
 * have the real agent's form, and every signature in them is real; the keys behind them protect nothing.
 *
 * @throws TeeError if the socket or its directory cannot be had privately
 */
export async function startSimulatedAgent(options: SimulatedAgentOptions): Promise<SimulatedAgent> {
  const { socketPath, kms, fault, gpuCount = 1, idleMs = DEFAULT_IDLE_MS } = options;
  const boot = bootRecord({
    compose: options.compose ?? DEFAULT_APP_COMPOSE,
    keyProviderId: kms.authority.publicKey,
    version: options.eventVersion ?? 1,
    ...(isLogAnomaly(fault?.kind) ? { anomaly: fault.kind } : {}),
  });
  const simulated = machine(boot, kms, faultyQuotes(options.quoteMaker, fault), gpuCount);
  const methods = new Map([...guestMethods(simulated), ...tappdMethods(simulated)]);
  const server = agentServer(methods, fault, idleMs);
  await listenPrivately(server, socketPath);
  return {
    socketPath,
    boot,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isLogAnomaly(kind: string | undefined): kind is LogAnomaly {
  return kind !== undefined && LOG_ANOMALIES.has(kind);
}
