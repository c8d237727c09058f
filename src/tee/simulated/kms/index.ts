export { type AppKeys, appKeys, type DerivedKey, type DerivedKeyAlgorithm, issueAppKeys } from "./app-keys.ts";
export type { CertificateAuthority, LeafRequest } from "./certificate-authority.ts";
export { openSimulatedKms, type SimulatedKms } from "./kms.ts";
