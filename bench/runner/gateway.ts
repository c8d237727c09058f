import { join } from "node:path";
import { PROXY_CORE, start, tree } from "./children.ts";
import { type Endpoint, freePort, ready } from "./endpoint.ts";

/** The bearer token of the gateway under test. */
export const TOKEN = "bench-token";

/**
 * Starts the gateway from source in front of the engine, cleartext on loopback. Its simulated TEE keeps its state in
 * `stateDirectory`, not in the user's own.
 */
export async function startGateway(root: string, enginePort: number, stateDirectory: string): Promise<Endpoint> {
  const port = await freePort();
  const child = start(PROXY_CORE, process.execPath, [join(root, "src/main.ts")], {
    cwd: root,
    // Only what the start contract names: settings of the caller's shell must not change what is measured.
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DEV: "1",
      MODEL_NAME: "bench",
      TOKEN,
      VLLM_BASE_URL: `http://127.0.0.1:${enginePort}`,
      LISTEN_PORT: String(port),
      COUNTERSIGN_TEE_STATE_PATH: stateDirectory,
      // nginx writes no access log here either.
      LOG_LEVEL: "warn",
    },
  });
  child.process.stdout?.resume();
  await ready("the gateway", child, `http://127.0.0.1:${port}/readyz`);
  return { port, pids: tree(child.pid), child };
}
