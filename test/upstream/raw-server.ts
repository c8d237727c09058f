import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** A request as the raw server saw it. */
export interface SeenRequest {
  readonly text: string;
  /** Number of its connection, from 0. */
  readonly connection: number;
  readonly socket: Socket;
}

/** A hand-written server: it parses no more than the length of a request and answers with whatever bytes a test says. */
export interface RawServer {
  readonly origin: URL;
  /** Every connection accepted, in order. */
  readonly sockets: readonly Socket[];
  readonly requests: readonly SeenRequest[];
  close(): void;
}

/** Listens on a free port of the loopback interface; `answer` runs once per complete request. */
export async function startRawServer(answer: (request: SeenRequest) => void): Promise<RawServer> {
  const requests: SeenRequest[] = [];
  const { origin, sockets, close } = await listen(createServer(), (socket, connection) => {
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      for (let end = requestEnd(received); end > 0; end = requestEnd(received)) {
        const request = { text: received.slice(0, end), connection, socket };
        received = received.slice(end);
        requests.push(request);
        answer(request);
      }
    });
  });
  return { origin, sockets, requests, close };
}

/** Starts `server`, plain or TLS, and keeps its connections so that they can be closed. */
export async function listen(
  server: Server,
  onConnection: (socket: Socket, connection: number) => void,
  event: "connection" | "secureConnection" = "connection",
): Promise<{ origin: URL; sockets: Socket[]; close: () => void }> {
  const sockets: Socket[] = [];
  server.on(event, (socket: Socket) => {
    // A peer that resets its connection is part of many tests.
    socket.on("error", () => undefined);
    onConnection(socket, sockets.push(socket) - 1);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const scheme = event === "connection" ? "http" : "https";
  return {
    origin: new URL(`${scheme}://127.0.0.1:${port}`),
    sockets,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Resolves once the server's side of a connection is closed. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, "close");
}

function requestEnd(text: string): number {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return 0;
  const length = /^content-length: (\d+)$/im.exec(text.slice(0, head))?.[1] ?? "0";
  const end = head + 4 + Number(length);
  return text.length >= end ? end : 0;
}
