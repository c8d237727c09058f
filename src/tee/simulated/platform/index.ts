/**
 * A TDX machine with Intel's certificates and collateral service in software, with real signatures under a root of its
 * own. It protects nothing, and every certificate says so.
 */
export type { CertificateProfile, CertifiedKey } from "./certified-key.ts";
export { certifiedKey, newKey } from "./certified-key.ts";
export { buildCollateral, type Collateral, type CollateralChanges, pemChain } from "./collateral.ts";
export { type CollateralServer, type CollateralServerOptions, startCollateralServer } from "./collateral-server.ts";
export { type CollateralWindow, collateralDate, collateralWindow } from "./collateral-window.ts";
export { type EnclaveIdentity, simulatedEnclaveIdentity } from "./enclave-identity.ts";
export { SIMULATED_FMSPC } from "./platform-identity.ts";
export { createPlatformMaterial, type MaterialChanges, type PlatformMaterial } from "./platform-material.ts";
export type { QeReport } from "./qe-report.ts";
export { buildQuote, type QuoteFormat, type QuoteParts } from "./quote.ts";
export type { QuoteHeader } from "./quote-header.ts";
export { rawSignature } from "./raw-signature.ts";
export { simulatedRevocationList } from "./revocation-list.ts";
export type { PlatformIdentity } from "./sgx-extension.ts";
export { SIMULATED_IMAGE, SIMULATED_ORGANIZATION } from "./simulated-image.ts";
export {
  createSimulatedPlatform,
  openSimulatedPlatform,
  type SimulatedPlatform,
  type SimulatedQuoteInput,
} from "./simulated-platform.ts";
export { createStateFile, openStateDirectory, readStateFile } from "./state-file.ts";
export { simulatedTcbInfo, type TcbInfo } from "./tcb-info.ts";
export type { TcbStatus } from "./tcb-level.ts";
export type { TdReport } from "./td-report.ts";
