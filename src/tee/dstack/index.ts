export {
  type AgentChoice,
  type AgentEndpoint,
  type AgentInterface,
  type AgentLocation,
  type AgentOrigin,
  agentLocations,
  SIMULATOR_VARIABLE,
} from "./agent-endpoint.ts";
export { type AgentOptions, connectAgent, findAgent } from "./connect-agent.ts";
export {
  type AgentKey,
  type AgentKeyAlgorithm,
  type AgentLimits,
  type AgentSignature,
  type AgentSignatureAlgorithm,
  type AgentVersion,
  type DstackAgent,
  dstackAgent,
} from "./dstack-agent.ts";
export { dstackQuoteSource } from "./dstack-quote-source.ts";
export type { GuestInfo } from "./guest-info.ts";
export type { AgentTlsKey, TlsKeyOptions } from "./tls-key.ts";
