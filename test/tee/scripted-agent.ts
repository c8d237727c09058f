import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { type AgentLimits, agentLocations, type DstackAgent, dstackAgent } from "../../src/tee/index.ts";

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A private folder that stays until it is removed. */
export function lastingFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "tee-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A private folder that is gone after the test. */
export function temporaryFolder(): string {
  const { folder, remove } = lastingFolder();
  cleanups.push(remove);
  return folder;
}

export interface AgentRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export type AgentScript = (request: AgentRequest, response: ServerResponse) => void;

/** Answers with JSON as the real agent does: its length in bytes. */
export function json(response: ServerResponse, value: unknown, status = 200): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": body.length }).end(body);
}

/** A Unix socket where every request is answered by `script`. */
export async function agentSocket(
  script: AgentScript,
  path = join(temporaryFolder(), "dstack.sock"),
): Promise<{ readonly path: string; readonly requests: readonly AgentRequest[]; readonly connections: () => number }> {
  const requests: AgentRequest[] = [];
  let connections = 0;
  const server = createServer(async (incoming, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece as Buffer);
    const request = {
      method: incoming.method,
      url: incoming.url,
      headers: incoming.headers,
      body: Buffer.concat(pieces),
    };
    requests.push(request);
    script(request, response);
  });
  server.on("connection", () => connections++);
  await listening(server, path);
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return { path, requests, connections: () => connections };
}

/** A Unix socket where `script` has the connection once a request's head is there: for what is not HTTP. */
export async function rawSocket(script: (socket: Socket) => void): Promise<string> {
  const path = join(temporaryFolder(), "dstack.sock");
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => script(socket));
  });
  await listening(server, path);
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return path;
}

/** The client under test, at this socket. */
export function agentAt(endpoint: string, limits: AgentLimits = {}): DstackAgent {
  const [location] = agentLocations({ endpoint, environment: {} });
  if (location === undefined) throw new Error("no location");
  return dstackAgent(location, limits);
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });
}
