import { connect, type NetConnectOpts } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { deadline } from "../deadline.ts";
import { TeeError } from "../tee-error.ts";
import {
  type AgentChoice,
  type AgentEndpoint,
  type AgentLocation,
  agentLocations,
  endpointText,
} from "./agent-endpoint.ts";
import { type AgentLimits, type DstackAgent, dstackAgent } from "./dstack-agent.ts";

export interface AgentOptions extends AgentChoice, AgentLimits {
  /** How long an agent may take to appear: at boot, containers come up before it. Milliseconds; default 60 000. */
  readonly bootTimeoutMs?: number;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/** How long one endpoint may take to accept a connection. Milliseconds. */
const PROBE_TIMEOUT_MS = 2_000;
/** Agents of 0.5 serve the sockets of 0.3 as well; those must not win because they were bound a moment earlier. */
const LEGACY_FROM_ROUND = 3;

/**
 * The agent of this guest: the first place of `agentLocations` where something listens, tried again with growing pauses
 * until the time is over.
 *
 * @throws TeeError `tee.absent`, with the places tried; `tee.cancelled`; `tee.unsupported` for an endpoint that is none
 */
export async function connectAgent(options: AgentOptions = {}, signal?: AbortSignal): Promise<DstackAgent> {
  const locations = agentLocations(options);
  const limit = deadline("dstack agent", options.bootTimeoutMs ?? 60_000, signal);
  for (let round = 1, pause = FIRST_PAUSE_MS; ; round++, pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const found = await firstListening(locations, round, limit.signal);
    if (found !== undefined) return dstackAgent(found, options);
    await delay(pause, undefined, { signal: limit.signal }).catch(() => undefined);
    const ended = limit.error();
    if (ended?.code === "tee.cancelled") throw ended;
    if (ended !== undefined) {
      const tried = locations.map(({ endpoint }) => endpointText(endpoint)).join(", ");
      throw new TeeError(
        "tee.absent",
        `no dstack agent listens; tried ${tried}. Mount its socket, or name its endpoint`,
      );
    }
  }
}

/** Where an agent listens now; undefined if nowhere. For start-up, which asks before it simulates. */
export async function findAgent(choice: AgentChoice = {}): Promise<AgentLocation | undefined> {
  return firstListening(agentLocations(choice), LEGACY_FROM_ROUND, AbortSignal.timeout(PROBE_TIMEOUT_MS));
}

async function firstListening(
  locations: readonly AgentLocation[],
  round: number,
  signal: AbortSignal,
): Promise<AgentLocation | undefined> {
  for (const location of locations) {
    if (location.origin === "legacy" && round < LEGACY_FROM_ROUND) continue;
    if (signal.aborted) return undefined;
    if (await listens(location.endpoint, signal)) return location;
  }
  return undefined;
}

/** Connects and hangs up. A file alone is not enough: a socket outlives the process that made it. */
function listens(endpoint: AgentEndpoint, signal: AbortSignal): Promise<boolean> {
  const target: NetConnectOpts =
    endpoint.kind === "unix" ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port };
  return new Promise((resolve) => {
    const socket = connect({ ...target, signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]) });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
