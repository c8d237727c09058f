import type { Policy } from "@countersign/client/policy";
import type { Config } from "../config/index.ts";
import { dstackKeySource, generatedKeySource, type KeySource } from "../signing/index.ts";
import {
  CANNED_NONCE,
  type CollateralSource,
  cannedDevices,
  configfsProvider,
  configfsQuoteSource,
  connectAgent,
  type DeviceEvidenceSource,
  type DstackAgent,
  dstackQuoteSource,
  findAgent,
  type GuestInfo,
  noDevices,
  nvidiaDevices,
  nvidiaLibrary,
  pcsCollateralSource,
  TeeError,
} from "../tee/index.ts";
import { openSimulatedGpus, simulatedDevices } from "../tee/simulated/index.ts";
import { appComposeOf, guestInfoReport } from "./guest-info-report.ts";
import type { Platform } from "./platform.ts";
import { type SimulatedTee, startSimulatedTee } from "./simulated-tee.ts";
import { defaultStateDirectory } from "./state-directory.ts";

/** A platform with what start-up needs of it. */
export interface OpenedPlatform extends Platform {
  readonly keySource: KeySource;
  /** Of a simulated TEE of this installation: the policy that trusts it, and where it lies for people. */
  readonly simulation: { readonly policy: Policy; readonly policyPath: string } | undefined;
  close(): Promise<void>;
}

export type PlatformConfig = Pick<Config, "mode" | "tee" | "model">;
type Environment = Readonly<Record<string, string | undefined>>;

/** How long a configured or usual agent may take to appear at boot. Milliseconds. */
const BOOT_TIMEOUT_MS = 60_000;

/**
 * Opens the platform the configuration names. It never falls back to simulation: a real source that fails stops the
 * start, and a simulated one beside real hardware has to be asked for twice.
 *
 * @throws TeeError
 */
export async function openPlatform(config: PlatformConfig, environment: Environment): Promise<OpenedPlatform> {
  const { tee } = config;
  if (environment["NODE_ENV"] === "production" && simulates(tee)) {
    throw new TeeError(
      "tee.unsupported",
      "NODE_ENV is production, where nothing is simulated. Unset it or use hardware",
    );
  }
  if (tee.simulatorEndpoint !== undefined) return foreignSimulator(config, tee.simulatorEndpoint, environment);
  if (tee.source === "simulated") return simulated(config, environment);
  const found = tee.source === "auto" ? await detect(config) : tee.source;
  return found === "dstack" ? dstack(config, environment) : configfs(config, environment);
}

function simulates({ simulatorEndpoint, source, devices }: PlatformConfig["tee"]): boolean {
  return simulatorEndpoint !== undefined || [source, devices].includes("simulated") || devices === "canned";
}

async function simulated(config: PlatformConfig, environment: Environment): Promise<OpenedPlatform> {
  const { tee } = config;
  const real = tee.simulateBesideHardware ? undefined : await realSource(tee.configfsPath);
  if (real !== undefined) {
    throw new TeeError(
      "tee.unsupported",
      `this machine has a real source of quotes (${real}). Set tee.source to auto to use it, or tee.simulateBesideHardware to simulate all the same`,
    );
  }
  const stateDirectory = tee.statePath ?? defaultStateDirectory(environment);
  const running = await startSimulatedTee({ stateDirectory, gpuCount: tee.simulatedGpus, environment });
  try {
    const agent = await connectAgent({ endpoint: running.agentSocket, simulated: true, environment: {} });
    const { policy, policyPath } = running;
    const devices = devicesOf(config, environment, running);
    return {
      ...(await overAgent(agent, config, devices, running.collateral)),
      simulation: { policy, policyPath },
      async close() {
        closeDevices(devices);
        await running.close();
      },
    };
  } catch (error) {
    await running.close();
    throw error;
  }
}

/** A dstack simulator somebody else runs: its quotes hold under no root anybody trusts, and it is labelled all the same. */
async function foreignSimulator(
  config: PlatformConfig,
  endpoint: string,
  environment: Environment,
): Promise<OpenedPlatform> {
  const agent = await connectAgent({ endpoint, simulated: true, environment: {}, bootTimeoutMs: BOOT_TIMEOUT_MS });
  return withoutSimulation(await overAgent(agent, config, devicesOf(config, environment), undefined));
}

async function dstack(config: PlatformConfig, environment: Environment): Promise<OpenedPlatform> {
  const endpoint = config.tee.dstackEndpoint;
  const agent = await connectAgent({ endpoint, environment: {}, bootTimeoutMs: BOOT_TIMEOUT_MS });
  const collateral = pcsCollateralSource({ baseUrl: config.tee.collateralUrl });
  return withoutSimulation(await overAgent(agent, config, devicesOf(config, environment), collateral));
}

async function configfs(config: PlatformConfig, environment: Environment): Promise<OpenedPlatform> {
  const devices = devicesOf(config, environment);
  return withoutSimulation({
    quotes: configfsQuoteSource({ root: config.tee.configfsPath }),
    collateral: pcsCollateralSource({ baseUrl: config.tee.collateralUrl }),
    devices,
    appCompose: undefined,
    info: undefined,
    simulated: devices.simulated,
    // Without a key service keys are made here, inside the trust domain, and end with the process.
    keySource: generatedKeySource(),
  });
}

async function overAgent(
  agent: DstackAgent,
  { model }: PlatformConfig,
  devices: DeviceEvidenceSource,
  collateral: CollateralSource | undefined,
): Promise<Platform & { readonly keySource: KeySource }> {
  const platform = {
    quotes: dstackQuoteSource(agent),
    collateral,
    devices,
    simulated: agent.simulated || devices.simulated,
  };
  const info = await guestInfo(agent);
  if (info === undefined) {
    // dstack 0.3 offers quotes and no keys: they are made here, inside the trust domain, and end with the process.
    return { ...platform, appCompose: undefined, info: undefined, keySource: generatedKeySource() };
  }
  return {
    ...platform,
    appCompose: appComposeOf(info),
    info: guestInfoReport(info),
    keySource: dstackKeySource(agent, { modelName: model.name }),
  };
}

/** Undefined from an agent whose interface has no such thing; any other failure stops the start. */
async function guestInfo(agent: DstackAgent): Promise<GuestInfo | undefined> {
  try {
    return await agent.info();
  } catch (error) {
    if (error instanceof TeeError && error.code === "tee.unsupported") return undefined;
    throw error;
  }
}

function withoutSimulation(platform: Platform & { readonly keySource: KeySource }): OpenedPlatform {
  return {
    ...platform,
    simulation: undefined,
    async close() {
      closeDevices(platform.devices);
    },
  };
}

/** Ends the helper process behind devices, where there is one. */
function closeDevices(devices: DeviceEvidenceSource): void {
  if ("close" in devices && typeof devices.close === "function") devices.close();
}

function devicesOf({ tee }: PlatformConfig, environment: Environment, simulation?: SimulatedTee): DeviceEvidenceSource {
  switch (tee.devices) {
    case "auto":
      if (simulation !== undefined) return simulation.devices;
      return nvidiaLibrary() === undefined ? noDevices() : nvidiaDevices();
    case "nvidia":
      return nvidiaDevices();
    case "none":
      return noDevices();
    case "simulated":
      return simulation?.devices ?? ownDevices(tee, environment);
    case "canned": {
      const devices = simulation?.devices ?? ownDevices(tee, environment);
      return cannedDevices(() => devices.collect(CANNED_NONCE));
    }
  }
}

function ownDevices(tee: PlatformConfig["tee"], environment: Environment): DeviceEvidenceSource {
  const gpus = openSimulatedGpus(tee.statePath ?? defaultStateDirectory(environment));
  return simulatedDevices({ gpus, count: tee.simulatedGpus });
}

async function detect({ tee }: PlatformConfig): Promise<"dstack" | "configfs-tsm"> {
  if (tee.dstackEndpoint !== undefined || (await findAgent({ environment: {} })) !== undefined) return "dstack";
  if ((await configfsProvider(tee.configfsPath)) === "tdx_guest") return "configfs-tsm";
  throw new TeeError(
    "tee.absent",
    "no source of quotes: no dstack guest agent listens on its usual sockets, and configfs-tsm has no tdx_guest. Run inside a trust domain, or set DEV=1 for the simulated TEE",
  );
}

async function realSource(configfsPath: string): Promise<string | undefined> {
  const agent = await findAgent({ environment: {} });
  if (agent !== undefined) return "a dstack guest agent";
  return (await configfsProvider(configfsPath)) === "tdx_guest" ? "configfs-tsm" : undefined;
}
