export { type DigestFields, digestFields, readDigest } from "./digest-message.ts";
export { TASKS, type Task } from "./engine-process/index.ts";
export {
  type FixedModels,
  fixedModels,
  type InstanceStatus,
  type LoadRequest,
  type ManagedModels,
  type ModelDigest,
  type ModelDigestKind,
  type ModelService,
  type ModelState,
  type ModelToVerify,
  type ModelVerifier,
  NO_DIGEST,
  noVerification,
  openModels,
  pushRuntimeStatus,
  type ServedModel,
  type Serving,
  type StoredModel,
  sameDigest,
  statusDocument,
  type Ticket,
  type UnloadRequest,
  type VerificationProgress,
} from "./lifecycle/index.ts";
export type { ModelDirectory } from "./model-directory.ts";
export { type ModelWait, withModel } from "./with-model.ts";
