import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";

/** A server on a loopback port. */
export interface Listening extends AsyncDisposable {
  readonly url: string;
}

/** Serves Connect services over HTTP/1.1 or HTTP/2 without TLS. */
export async function listen(routes: (router: ConnectRouter) => void, httpVersion: "1.1" | "2"): Promise<Listening> {
  const handler = connectNodeAdapter({ routes });
  if (httpVersion === "1.1") return listenWith(handler as RequestListener);
  const server = createHttp2Server(handler);
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  return start(server, () => {
    for (const session of sessions) session.destroy();
  });
}

/** Serves plain HTTP/1.1. */
export async function listenWith(handler: RequestListener): Promise<Listening> {
  const server = createServer(handler);
  return start(server, () => server.closeAllConnections());
}

async function start(server: Server | Http2Server, closeConnections: () => void): Promise<Listening> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      closeConnections();
      await closed.promise;
    },
  };
}
