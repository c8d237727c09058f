import {
  createUpstreamClient,
  type UpstreamCall,
  type UpstreamClient,
  type UpstreamHandler,
} from "../upstream/index.ts";

/** What is sent to an engine: a POST with a JSON body, or a GET without one. */
export interface EngineRequest {
  readonly method: "GET" | "POST";
  /** Path in origin form, of a closed set; never a caller's raw path. */
  readonly path: string;
  readonly requestId: string;
  readonly body?: Uint8Array;
  /** Whether an event stream is expected. */
  readonly stream: boolean;
}

/** Limits of calls to engines, in milliseconds. */
export interface EngineTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

export interface EnginePoolOptions {
  /** Base URLs. */
  readonly engines: readonly { readonly url: Readonly<URL> }[];
  readonly timeouts: EngineTimeouts;
  readonly maxIdleSockets: number;
  readonly idleSocketMs: number;
}

/** The engines behind one model. */
export interface EnginePool {
  /** Sends a request to the engine with the fewest calls in flight. */
  send(request: EngineRequest, handler: UpstreamHandler): UpstreamCall;
  /** Closes idle connections; running calls go on. */
  close(): void;
  /** Calls in flight. */
  readonly active: number;
}

interface Engine {
  readonly client: UpstreamClient;
  /** Path of the base URL without a trailing slash. */
  readonly prefix: string;
}

/** Connects to nothing until the first request. */
export function createEnginePool(options: EnginePoolOptions): EnginePool {
  const engines: readonly Engine[] = options.engines.map(({ url }) => ({
    client: createUpstreamClient({
      origin: new URL(url.origin),
      timeouts: options.timeouts,
      maxIdleSockets: options.maxIdleSockets,
      idleSocketMs: options.idleSocketMs,
    }),
    prefix: url.pathname.replace(/\/+$/, ""),
  }));
  const leastBusy = (): Engine => {
    let best = engines[0];
    for (const engine of engines) if (best === undefined || engine.client.active < best.client.active) best = engine;
    if (best === undefined) throw new Error("an engine pool needs an engine");
    return best;
  };
  return {
    send(request, handler) {
      const { client, prefix } = leastBusy();
      // The caller's headers stay here: neither its token nor anything else it sent reaches an engine.
      const headers: (readonly [string, string])[] = [
        ["accept", request.stream ? "text/event-stream" : "application/json"],
        // What is signed are the bytes a caller's code sees: a compressed body would be decoded on the way to it.
        ["accept-encoding", "identity"],
        ["x-request-id", request.requestId],
      ];
      if (request.body !== undefined) headers.push(["content-type", "application/json"]);
      const { method, path, body } = request;
      return client.send({ method, path: prefix + path, headers, ...(body === undefined ? {} : { body }) }, handler);
    },
    close() {
      for (const { client } of engines) client.close();
    },
    get active() {
      return engines.reduce((sum, { client }) => sum + client.active, 0);
    },
  };
}
