export {
  type SimulatedConfigfs,
  type SimulatedConfigfsOptions,
  startSimulatedConfigfs,
} from "./simulated-configfs.ts";
