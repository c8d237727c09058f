/**
 * A TEE in software: platform, guest agent with its key service, GPUs, and a stand-in for the kernel's interface. The
 * production clients run against it unchanged and every signature is real; only the roots are its own, made once per
 * installation. It protects nothing, and says so wherever it can.
 */
export {
  type AgentFault,
  type AgentFaultKind,
  faultFromEnvironment,
  type QuoteMaker,
  type SimulatedAgent,
  type SimulatedAgentOptions,
  startSimulatedAgent,
} from "./agent/index.ts";
export { type SimulatedConfigfs, type SimulatedConfigfsOptions, startSimulatedConfigfs } from "./configfs/index.ts";
export {
  type AppCompose,
  appCompose,
  type BootRecord,
  DEFAULT_APP_COMPOSE,
  type EventVersion,
  NON_ASCII_APP_COMPOSE,
} from "./event-log/index.ts";
export { openSimulatedGpus, type SimulatedDevicesOptions, type SimulatedGpus, simulatedDevices } from "./gpu/index.ts";
export { openSimulatedKms, type SimulatedKms } from "./kms/index.ts";
export {
  openSimulatedPlatform,
  SIMULATED_IMAGE,
  type SimulatedPlatform,
  startCollateralServer,
} from "./platform/index.ts";
