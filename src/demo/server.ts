import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createEngine } from "./engine.ts";
import { DemoError } from "./errors.ts";
import { sendJson } from "./json-response.ts";
import { DEFAULT_OPTIONS, type DemoOptions } from "./options.ts";
import { readJsonBody } from "./request-body.ts";
import { findRoute } from "./router.ts";

/** A running engine. */
export interface DemoServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly model: string;
  /** Stops listening, cuts what is being generated, and waits for the port to be free. */
  close(): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_MS = 75_000;

/** Starts the engine on 127.0.0.1. Rejects when the port is taken. */
export async function startDemoServer(overrides: Partial<DemoOptions> = {}): Promise<DemoServer> {
  const options: DemoOptions = { ...DEFAULT_OPTIONS, ...overrides };
  const engine = createEngine(options);
  const loadedAt = performance.now() + options.loadingMs;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const route = findRoute(request.method ?? "GET", path);
    if (performance.now() < loadedAt && path !== "/metrics" && path !== "/version") {
      throw new DemoError("ServiceUnavailableError", "The model is loading. Try again in a moment.");
    }
    const body = route.method === "POST" ? await readJsonBody(request, options.maxBodyBytes) : {};
    route.handle({ engine, request, response, body });
  }

  function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    request.resume();
    const refusal =
      error instanceof DemoError
        ? error
        : new DemoError("InternalServerError", "The demo engine failed. This is a bug.");
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    // What is left of the body is thrown away, and the connection is not used again.
    if (refusal.type === "PayloadTooLargeError") response.setHeader("connection", "close");
    if (refusal.type === "ServiceUnavailableError") response.setHeader("retry-after", "1");
    sendJson(response, refusal.status, refusal);
  }

  const server = createServer(
    {
      noDelay: true,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      response.on("error", () => response.destroy());
      serve(request, response).catch((error: unknown) => refuse(request, response, error));
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;

  function close(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
  return { url: `http://127.0.0.1:${port}`, model: options.model, close };
}
