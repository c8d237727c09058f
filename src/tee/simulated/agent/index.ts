export { type AgentFault, type AgentFaultKind, faultFromEnvironment } from "./agent-fault.ts";
export type { QuoteMaker } from "./machine.ts";
export { type SimulatedAgent, type SimulatedAgentOptions, startSimulatedAgent } from "./simulated-agent.ts";
