import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/**
 * One request an engine received, and the socket to answer it on. Nothing here knows HTTP framing on the way out: the
 * test writes the bytes, so it can write any bytes.
 */
export interface EngineExchange {
  readonly method: string;
  readonly path: string;
  /** Names in lower case; of a repeated field the last value. */
  readonly headers: ReadonlyMap<string, string>;
  /** Exactly the bytes received. */
  readonly body: Buffer;
  readonly socket: Socket;
  /** Writes bytes; resolves when the kernel has taken them, or the gateway has gone. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** Orderly close. */
  end(): void;
  /** Reset (RST). */
  reset(): void;
  /** Resolves when the gateway closes or resets the connection, with the `performance.now()` of that moment. */
  readonly gone: Promise<number>;
}

/** How one request is answered. An exception in it is a fault of the test and is thrown when the engine is disposed. */
export type EngineScript = (exchange: EngineExchange) => void | Promise<void>;

/** An engine whose every answer is scripted by the test, byte by byte. */
export interface ScriptedEngine extends AsyncDisposable {
  readonly url: string;
  /** Answers inference requests: everything but the gateway's own probes. */
  script: EngineScript;
  /** Answers `GET /v1/models`, which the gateway probes. */
  modelsScript: EngineScript;
  /** Inference requests in the order they arrived. */
  readonly exchanges: readonly EngineExchange[];
  /** The next inference request to arrive. Call it before the request is made. */
  next(): Promise<EngineExchange>;
  /** Connections open at the moment. */
  readonly connections: number;
  /** Stops listening and cuts every connection; the port is free afterwards. */
  stop(): Promise<void>;
}

/** An answer that never comes. */
export const silence: EngineScript = () => {};

const LISTED = JSON.stringify({ object: "list", data: [{ id: "m", object: "model", created: 1, owned_by: "test" }] });

interface Parsed {
  readonly method: string;
  readonly path: string;
  readonly headers: Map<string, string>;
  readonly body: Buffer;
  readonly length: number;
}

/** The first complete request in `bytes`. The gateway always sends a Content-Length with a body. */
function parseRequest(bytes: Buffer): Parsed | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const [requestLine = "", ...fields] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const [method = "", path = ""] = requestLine.split(" ");
  const headers = new Map(
    fields.map((field) => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
    }),
  );
  const start = headEnd + 4;
  const length = start + Number(headers.get("content-length") ?? 0);
  if (bytes.length < length) return undefined;
  return { method, path, headers, body: Buffer.from(bytes.subarray(start, length)), length };
}

/** Starts an engine on a free loopback port. */
export async function startScriptedEngine(script: EngineScript = silence, port = 0): Promise<ScriptedEngine> {
  const exchanges: EngineExchange[] = [];
  const waiting: ((exchange: EngineExchange) => void)[] = [];
  const faults: unknown[] = [];
  const sockets = new Set<Socket>();

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const gone = Promise.withResolvers<number>();
    const leave = (): void => gone.resolve(performance.now());
    // A peer that resets or half-closes the connection is part of many tests.
    socket.on("error", leave).on("end", leave);
    socket.on("close", () => {
      leave();
      sockets.delete(socket);
    });
    let received: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (let parsed = parseRequest(received); parsed !== undefined; parsed = parseRequest(received)) {
        received = received.subarray(parsed.length);
        answer(parsed, socket, gone.promise);
      }
    });
  });

  const answer = ({ method, path, headers, body }: Parsed, socket: Socket, gone: Promise<number>): void => {
    const exchange: EngineExchange = {
      method,
      path,
      headers,
      body,
      socket,
      gone,
      write: (bytes) =>
        new Promise((resolve) => {
          if (socket.destroyed) resolve();
          else socket.write(bytes, () => resolve());
        }),
      end: () => void socket.end(),
      reset: () => void socket.resetAndDestroy(),
    };
    const isProbe = method === "GET" && path.endsWith("/v1/models");
    if (!isProbe) {
      exchanges.push(exchange);
      waiting.shift()?.(exchange);
    }
    const script = isProbe ? engine.modelsScript : engine.script;
    const run = async (): Promise<void> => script(exchange);
    run().catch((fault: unknown) => faults.push(fault));
  };

  const engine: ScriptedEngine = {
    url: "",
    script,
    modelsScript: ({ socket }) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${LISTED.length}\r\n\r\n${LISTED}`,
      );
    },
    exchanges,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    get connections() {
      return sockets.size;
    },
    async stop() {
      const closed = server.listening ? once(server, "close") : undefined;
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async [Symbol.asyncDispose]() {
      await engine.stop();
      if (faults.length > 0) throw faults[0];
    },
  };
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(engine, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
