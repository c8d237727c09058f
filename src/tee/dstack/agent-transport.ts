import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Deadline } from "../deadline.ts";
import { TeeError } from "../tee-error.ts";
import { type AgentEndpoint, endpointText } from "./agent-endpoint.ts";

/** Largest reply that is read: the agent's own limit for bodies. Bytes. */
export const MAX_REPLY_BYTES = 10 * 1024 * 1024;

/** Carries one call to a guest agent. */
export interface AgentTransport {
  /** For messages and reports. */
  readonly endpoint: string;
  /**
   * `POST path` with JSON, over a connection of its own: setting one up on a socket costs nothing beside a quote, and
   * none is ever found in a state an earlier failure left.
   *
   * @returns the parsed reply, of whatever shape
   * @throws TeeError
   */
  call(path: string, body: Readonly<Record<string, unknown>>, limit: Deadline): Promise<unknown>;
}

export function agentTransport(endpoint: AgentEndpoint): AgentTransport {
  const name = endpointText(endpoint);
  const target =
    endpoint.kind === "unix" ? { socketPath: endpoint.path } : { host: endpoint.host, port: endpoint.port };
  return {
    endpoint: name,
    async call(path, body, limit) {
      const what = `dstack agent at ${name}, ${path}`;
      const ended = limit.error();
      if (ended !== undefined) throw ended;
      const payload = Buffer.from(JSON.stringify(body));
      const outgoing = request({
        ...target,
        path,
        method: "POST",
        agent: false,
        signal: limit.signal,
        headers: {
          Host: "dstack",
          Accept: "application/json",
          "Content-Type": "application/json",
          "Content-Length": payload.length,
          Connection: "close",
        },
      });
      try {
        const incoming = await answered(outgoing, payload);
        requireJson(what, incoming);
        return parse(what, await collect(what, incoming));
      } catch (error) {
        if (error instanceof TeeError) throw error;
        // Node's own error says no more than this and may quote what the agent sent.
        throw limit.error() ?? new TeeError("tee.unreachable", `${what}: cannot be reached, or broke off its answer`);
      } finally {
        outgoing.destroy();
      }
    },
  };
}

function answered(outgoing: ClientRequest, payload: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once("response", resolve);
    // Stays: a socket that fails after the answer's head is the answer's failure, and must not end the process.
    outgoing.on("error", reject);
    outgoing.end(payload);
  });
}

/** The reply's head is the agent's word: only a plain JSON success is read any further. */
function requireJson(what: string, { statusCode = 0, headers }: IncomingMessage): void {
  if (statusCode === 404 || statusCode === 405 || statusCode === 501) {
    throw new TeeError("tee.unsupported", `${what}: the agent does not offer this (status ${statusCode})`);
  }
  if (statusCode >= 400) throw new TeeError("tee.refused", `${what}: refused with status ${statusCode}`);
  if (statusCode !== 200) throw new TeeError("tee.malformed", `${what}: answered with status ${statusCode}`);
  const [mediaType = ""] = (headers["content-type"] ?? "").split(";");
  if (mediaType.trim().toLowerCase() !== "application/json") {
    throw new TeeError("tee.malformed", `${what}: the answer is not application/json; is this a dstack agent?`);
  }
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    throw new TeeError("tee.malformed", `${what}: the answer is compressed, which was not asked for`);
  }
  if (Number(headers["content-length"] ?? 0) > MAX_REPLY_BYTES) throw tooLarge(what);
}

async function collect(what: string, incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > MAX_REPLY_BYTES) throw tooLarge(what);
    pieces.push(piece);
  }
  if (!incoming.complete) throw new TeeError("tee.unreachable", `${what}: broke off its answer`);
  return Buffer.concat(pieces, length);
}

function parse(what: string, body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new TeeError("tee.malformed", `${what}: the answer is not JSON in UTF-8`);
  }
}

function tooLarge(what: string): TeeError {
  return new TeeError("tee.malformed", `${what}: the answer has more than ${MAX_REPLY_BYTES} bytes`);
}
