import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Policy } from "@countersign/client/policy";
import type { CollateralSource, DeviceEvidenceSource } from "../tee/index.ts";
import {
  faultFromEnvironment,
  openSimulatedGpus,
  openSimulatedKms,
  openSimulatedPlatform,
  type SimulatedAgent,
  simulatedDevices,
  startSimulatedAgent,
} from "../tee/simulated/index.ts";
import { simulatedPolicy, writeSimulatedPolicy } from "./simulated-policy.ts";

/** A simulated TEE that runs beside the gateway; the gateway's production clients talk to its agent. */
export interface SimulatedTee {
  /** Socket of its guest agent. */
  readonly agentSocket: string;
  readonly collateral: CollateralSource;
  readonly devices: DeviceEvidenceSource;
  /** Trusts exactly this installation. */
  readonly policy: Policy;
  /** Where it lies for people. */
  readonly policyPath: string;
  close(): Promise<void>;
}

export interface SimulatedTeeOptions {
  /** Where keys and certificates are kept. Made if it is not there. */
  readonly stateDirectory: string;
  readonly gpuCount: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Starts the simulated TEE of an installation. Throws TeeError if its state is broken. */
export async function startSimulatedTee(options: SimulatedTeeOptions): Promise<SimulatedTee> {
  const { stateDirectory, gpuCount, environment } = options;
  const machine = openSimulatedPlatform(stateDirectory);
  const kms = openSimulatedKms(stateDirectory);
  const gpus = openSimulatedGpus(stateDirectory);
  const devices = simulatedDevices({ gpus, count: gpuCount });
  const fault = faultFromEnvironment(environment);
  // A socket of this process's own: several gateways may share one installation, and socket paths are short.
  const folder = mkdtempSync(join(tmpdir(), "countersign-"));
  let agent: SimulatedAgent | undefined;
  const close = async (): Promise<void> => {
    await agent?.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    agent = await startSimulatedAgent({
      socketPath: join(folder, "dstack.sock"),
      quoteMaker: (input) => machine.quote(input),
      kms,
      gpuCount,
      fault,
    });
    const policy = simulatedPolicy({ machine, agent, kms, gpus, gpuCount });
    return {
      agentSocket: agent.socketPath,
      collateral: { collateral: async () => machine.collateral(Date.now() / 1000) },
      devices,
      policy,
      policyPath: writeSimulatedPolicy(stateDirectory, policy),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
