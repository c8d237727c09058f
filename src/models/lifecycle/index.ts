export { type FixedModels, type FixedModelsOptions, fixedModels } from "./fixed-models.ts";
export type { InstanceStatus, ModelState } from "./instance-status.ts";
export type { LoadRequest } from "./load-request.ts";
export { type ManagedModels, type ManagedModelsOptions, managedModels } from "./managed-models.ts";
export { DIGEST_KINDS, type ModelDigest, type ModelDigestKind, NO_DIGEST, sameDigest } from "./model-digest.ts";
export type { Ticket } from "./model-instance.ts";
export type { ModelService, StoredModel, UnloadRequest } from "./model-service.ts";
export {
  type ModelToVerify,
  type ModelVerifier,
  noVerification,
  type VerificationProgress,
} from "./model-verifier.ts";
export { openModels } from "./open-models.ts";
export { type GpuReading, parseGpuReadings, pushRuntimeStatus, type RuntimeStatusOptions } from "./runtime-status.ts";
export type { ServedModel, Serving } from "./serving.ts";
export { statusDocument } from "./status-document.ts";
