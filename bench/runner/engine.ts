import { once } from "node:events";
import { createInterface } from "node:readline";
import { DRIVER_CORE, start } from "./children.ts";
import type { Endpoint } from "./endpoint.ts";

/** What the mock engine counted since its start. */
export interface EngineStats {
  readonly requests: number;
  readonly streams_opened: number;
  readonly streams_completed: number;
  readonly streams_aborted: number;
  readonly events: number;
  readonly max_late_us: number;
  readonly cpu_us: number;
}

/** Starts the mock engine on the driver's core and waits for its address. */
export async function startEngine(program: string): Promise<Endpoint> {
  const child = start(DRIVER_CORE, program, ["-listen", "127.0.0.1:0"], {
    env: { ...process.env, GODEBUG: "asyncpreemptoff=1" },
  });
  if (child.process.stdout === null) throw new Error("the mock engine has no standard output");
  const lines = createInterface({ input: child.process.stdout });
  const [line] = await Promise.race([
    once(lines, "line"),
    once(child.process, "close").then(() => {
      throw new Error(`the mock engine did not start:\n${child.stderr()}`);
    }),
  ]);
  const { listening } = JSON.parse(String(line)) as { listening: string };
  return { port: Number(listening.split(":")[1]), pids: [child.pid], child };
}

/** Asks the engine what it counted. */
export async function engineStats(port: number): Promise<EngineStats> {
  const response = await fetch(`http://127.0.0.1:${port}/bench/stats`);
  return (await response.json()) as EngineStats;
}
