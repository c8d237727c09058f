export {
  CONTAINER_MEMBERS,
  type CollateralContainer,
  fixedCollateralSource,
  INTEL_PCS,
  type PckAuthority,
  type PckIdentity,
  type PcsOptions,
  pckIdentity,
  pcsCollateralSource,
  type RootCrlLocation,
} from "./collateral/index.ts";
export { CONFIGFS_ROOT, type ConfigfsOptions, configfsProvider, configfsQuoteSource } from "./configfs/index.ts";
export {
  type AgentChoice,
  type AgentEndpoint,
  type AgentInterface,
  type AgentKey,
  type AgentKeyAlgorithm,
  type AgentLimits,
  type AgentLocation,
  type AgentOptions,
  type AgentOrigin,
  type AgentSignature,
  type AgentSignatureAlgorithm,
  type AgentTlsKey,
  type AgentVersion,
  agentLocations,
  connectAgent,
  type DstackAgent,
  dstackAgent,
  dstackQuoteSource,
  findAgent,
  type GuestInfo,
  SIMULATOR_VARIABLE,
  type TlsKeyOptions,
} from "./dstack/index.ts";
export {
  CANNED_NONCE,
  cannedDevices,
  deviceEvidence,
  evidenceFile,
  type NvidiaDevices,
  type NvidiaOptions,
  noDevices,
  nvidiaDevices,
  nvidiaLibrary,
} from "./nvidia/index.ts";
export { quoteReportData, REPORT_DATA_BYTES } from "./quote-report-data.ts";
export type {
  CollateralSource,
  DeviceEvidenceSource,
  DeviceReport,
  PlatformQuote,
  QuoteSource,
  QuoteSourceKind,
} from "./quote-source.ts";
export { TeeError, type TeeErrorCode } from "./tee-error.ts";
