export {
  type CallOptions,
  type ChatMessage,
  type ChatRequestInput,
  type CompletionRequestInput,
  type ConstraintsInput,
  type CountersignClient,
  chatChunkText,
  chatText,
  completionText,
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
export { createWebClient, type WebClientOptions } from "./client/web-client.ts";
export { CountersignError, ERROR_MEANINGS, type ErrorCode } from "./errors/index.ts";
export { createVerifyingFetch, type VerifyingFetchOptions } from "./fetch/index.ts";
export { keysetBytes, pinnedKeyset, type Trust, unattestedKeyset } from "./trust/index.ts";
export { IncompleteError, type VerifiedSeal } from "./verify/index.ts";
