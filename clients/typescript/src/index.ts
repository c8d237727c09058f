export {
  bearerToken,
  type CallOptions,
  type ChatMessage,
  type ChatRequestInput,
  type CompletionRequestInput,
  type ConstraintsInput,
  type CountersignClient,
  chatChunkText,
  chatText,
  completionText,
  createClientOver,
  type EmbeddingRequestInput,
  type PlainMessage,
  type PromptInput,
  type ProofInput,
  type SignatureRecord,
  type TokenizeRequestInput,
  type VerificationOptions,
  type VerifiedResult,
  type VerifiedStream,
} from "./client/index.ts";
export {
  type ClientOptions,
  type ConnectedClient,
  createClient,
  type Protocol,
  type TlsOptions,
} from "./client/node-client.ts";
export { CountersignError, ERROR_MEANINGS, type ErrorCode } from "./errors/index.ts";
export { AttestationError } from "./evidence/index.ts";
export {
  createVerifyingFetch,
  type NodeVerifyingFetchOptions as VerifyingFetchOptions,
} from "./fetch/node-verifying-fetch.ts";
export {
  type AttestedTrustOptions,
  attestedKeyset,
  keysetBytes,
  pinnedKeyset,
  type Trust,
  unattestedKeyset,
} from "./trust/index.ts";
export { IncompleteError, type VerifiedSeal } from "./verify/index.ts";
