import { basename, isAbsolute } from "node:path";
import { TeeError } from "../tee-error.ts";

/** Where a guest agent listens. */
export type AgentEndpoint =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "http"; readonly host: string; readonly port: number };

/** Which generation of the interface an agent speaks: `tappd` is that of dstack 0.3. */
export type AgentInterface = "dstack" | "tappd";

/** How an endpoint came to be chosen. */
export type AgentOrigin =
  /** Named in the configuration. */
  | "configured"
  /** Named by DSTACK_SIMULATOR_ENDPOINT. */
  | "simulator-variable"
  /** One of the sockets dstack mounts into containers. */
  | "standard"
  /** One of the sockets of dstack 0.3. */
  | "legacy";

/** An endpoint with what is known before it is asked anything. */
export interface AgentLocation {
  readonly endpoint: AgentEndpoint;
  readonly origin: AgentOrigin;
  readonly interface: AgentInterface;
  /** Whether a simulator stands behind it. */
  readonly simulated: boolean;
}

/** The variable by which published dstack clients find a simulator. */
export const SIMULATOR_VARIABLE = "DSTACK_SIMULATOR_ENDPOINT";

/** In the order published clients try them. */
const STANDARD_SOCKETS = [
  "/var/run/dstack.sock",
  "/run/dstack.sock",
  "/var/run/dstack/dstack.sock",
  "/run/dstack/dstack.sock",
];
const LEGACY_SOCKETS = [
  "/var/run/tappd.sock",
  "/run/tappd.sock",
  "/var/run/dstack/tappd.sock",
  "/run/dstack/tappd.sock",
];

/** sun_path of sockaddr_un, its final NUL left out (unix(7)). Bytes. */
const MAX_SOCKET_PATH_BYTES = 107;

/** Socket path or URL, as configured and reported. */
export function endpointText(endpoint: AgentEndpoint): string {
  if (endpoint.kind === "unix") return endpoint.path;
  return `http://${endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}`;
}

/**
 * Reads an absolute socket path or `http://host:port`. Cleartext leads to loopback only, since keys travel over it;
 * the keys of a simulator protect nothing, so that one may be in another container.
 *
 * @param setting name of the setting, for the message
 * @throws TeeError `tee.unsupported` for anything else
 */
function parseEndpoint(text: string, setting: string, simulated: boolean): AgentEndpoint {
  const refuse = (why: string): TeeError =>
    new TeeError("tee.unsupported", `${setting}: ${why}; name an absolute socket path or http://host:port`);
  if (isAbsolute(text)) {
    if (text.includes("\0") || Buffer.byteLength(text) > MAX_SOCKET_PATH_BYTES) {
      throw refuse(`a socket path has at most ${MAX_SOCKET_PATH_BYTES} bytes`);
    }
    return { kind: "unix", path: text };
  }
  const url = URL.parse(text);
  if (url?.protocol !== "http:") throw refuse("neither a path nor an http URL");
  if (url.username !== "" || url.password !== "" || url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw refuse("the URL holds more than host and port");
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!simulated && !isLoopback(host)) throw refuse("an agent that is no simulator is reached over loopback only");
  return { kind: "http", host, port: url.port === "" ? 80 : Number(url.port) };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** What chooses an agent. */
export interface AgentChoice {
  /** Absolute socket path or `http://host:port`. Undefined: the variable, then the usual sockets. */
  readonly endpoint?: string | undefined;
  /** Whether `endpoint` is a simulator's. Default false. */
  readonly simulated?: boolean;
  /** Where DSTACK_SIMULATOR_ENDPOINT is read. Default process.env. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The usual sockets. Default those of dstack. */
  readonly sockets?: { readonly standard: readonly string[]; readonly legacy: readonly string[] };
}

/**
 * Where an agent may be, in the order to try: the configured endpoint alone, else the simulator's alone, else the usual
 * sockets. A named endpoint that does not answer is never replaced by another one.
 *
 * @throws TeeError `tee.unsupported` for an endpoint that is none
 */
export function agentLocations(choice: AgentChoice): readonly AgentLocation[] {
  const { endpoint, simulated = false, environment = process.env } = choice;
  const { standard, legacy } = choice.sockets ?? { standard: STANDARD_SOCKETS, legacy: LEGACY_SOCKETS };
  const variable = environment[SIMULATOR_VARIABLE];
  if (endpoint !== undefined) {
    // The same endpoint named twice is still the simulator's.
    const isSimulator = simulated || endpoint === variable;
    return [located(parseEndpoint(endpoint, "dstack endpoint", isSimulator), "configured", isSimulator)];
  }
  if (variable !== undefined && variable !== "") {
    return [located(parseEndpoint(variable, SIMULATOR_VARIABLE, true), "simulator-variable", true)];
  }
  return [
    ...standard.map((path) => located({ kind: "unix", path }, "standard", false)),
    ...legacy.map((path) => located({ kind: "unix", path }, "legacy", false)),
  ];
}

/** The file's name tells the interface: each generation mounts its own. */
function located(endpoint: AgentEndpoint, origin: AgentOrigin, simulated: boolean): AgentLocation {
  const legacy = endpoint.kind === "unix" && basename(endpoint.path) === "tappd.sock";
  return { endpoint, origin, interface: legacy ? "tappd" : "dstack", simulated };
}
