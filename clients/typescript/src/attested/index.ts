export type { AttestationOptions } from "./attestation-options.ts";
export {
  type AttestedConnections,
  type AttestedConnectionsOptions,
  type AttestedTransportOptions,
  createAttestedConnections,
} from "./attested-connections.ts";
export { type AttestedFetch, attestedFetch, createAttestedFetch } from "./attested-fetch.ts";
export type { AttestedKeys } from "./attested-keys.ts";
export type { SessionManager } from "./attested-sessions.ts";
export { type Channel, captureChannel } from "./channel.ts";
export { type GatewayFinding, type GatewayRules, verifyGateway } from "./verify-gateway.ts";
