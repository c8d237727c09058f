import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AgentFault } from "./agent-fault.ts";
import { AgentRefusal } from "./agent-refusal.ts";
import type { MethodTable } from "./method.ts";
import { readRequest } from "./read-request.ts";
import { type Reply, sendReply } from "./reply.ts";

const MAX_CONNECTIONS = 64;

/**
 * The agent's HTTP side: JSON in, JSON with a length in bytes out, errors as `{"error"}`.
 *
 * @param idleMs how long a connection may send nothing
 * @throws RangeError if the fault is for a method that is not there: it would never show
 */
export function agentServer(methods: MethodTable, fault: AgentFault | undefined, idleMs: number): Server {
  if (fault !== undefined && ![...methods.keys()].some((path) => concerns(fault, path))) {
    throw new RangeError("simulated fault: no such method");
  }

  const answer = async (request: IncomingMessage, path: string, query: string): Promise<Reply> => {
    try {
      const method = methods.get(path);
      if (method === undefined) throw new AgentRefusal("no such method", { status: 404 });
      return { status: 200, body: method(await readRequest(request, query)), closing: false };
    } catch (error) {
      if (error instanceof AgentRefusal) {
        return { status: error.status, body: { error: error.message }, closing: error.closing };
      }
      // What else went wrong may hold keys or quotes: it stays here.
      return { status: 400, body: { error: "the simulated agent failed; this is a bug" }, closing: false };
    }
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const reply = await answer(request, path, query);
    sendReply(response, reply, fault !== undefined && concerns(fault, path) ? fault : undefined);
  };

  const server = createServer(
    {
      keepAliveTimeout: idleMs,
      keepAliveTimeoutBuffer: 0,
      headersTimeout: idleMs,
      requestTimeout: idleMs,
      connectionsCheckingInterval: Math.min(idleMs, 1000),
    },
    (request, response) => {
      response.on("error", () => response.destroy());
      serve(request, response).catch(() => response.destroy());
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

function concerns({ method }: AgentFault, path: string): boolean {
  return method === undefined || path === `/${method}` || path === `/prpc/${method}`;
}
