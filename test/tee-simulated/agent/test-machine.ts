import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type SimulatedAgent,
  type SimulatedAgentOptions,
  startSimulatedAgent,
} from "../../../src/tee/simulated/agent/index.ts";
import { openSimulatedKms, type SimulatedKms } from "../../../src/tee/simulated/kms/index.ts";
import { openSimulatedPlatform, type SimulatedPlatform } from "../../../src/tee/simulated/platform/index.ts";

/** A simulated machine of a test: platform and KMS in a directory of its own, and the agents that were started on it. */
export interface TestMachine {
  readonly directory: string;
  readonly platform: SimulatedPlatform;
  readonly kms: SimulatedKms;
  start(options?: Partial<SimulatedAgentOptions>): Promise<SimulatedAgent>;
  close(): Promise<void>;
}

export function testMachine(): TestMachine {
  const directory = mkdtempSync(join(tmpdir(), "countersign-"));
  const state = join(directory, "state");
  const platform = openSimulatedPlatform(state);
  const kms = openSimulatedKms(state);
  const agents: SimulatedAgent[] = [];
  return {
    directory,
    platform,
    kms,
    async start(options = {}) {
      const agent = await startSimulatedAgent({
        socketPath: join(directory, `run${agents.length}`, "dstack.sock"),
        quoteMaker: platform.quote,
        kms,
        ...options,
      });
      agents.push(agent);
      return agent;
    },
    async close() {
      await Promise.all(agents.map((agent) => agent.close()));
      rmSync(directory, { recursive: true });
    },
  };
}
