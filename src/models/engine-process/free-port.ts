import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** Engines listen here: `localhost` need not resolve in a container, and nothing outside may reach an engine. */
export const ENGINE_HOST = "127.0.0.1";

/**
 * A port of ENGINE_HOST that was free a moment ago. Another process may take it before the engine does; the engine then
 * fails to bind, ends, and is seen to.
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, ENGINE_HOST);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const closed = once(server, "close");
  server.close();
  await closed;
  return port;
}
