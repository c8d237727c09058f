export type { Exchange } from "./exchange.ts";
export { IncompleteError } from "./incomplete-error.ts";
export { createTranscriptVerifier, type StreamEvent, type TranscriptVerifier } from "./transcript-verifier.ts";
export { type UnaryResponse, verifyUnary } from "./unary.ts";
export type { VerifiedSeal, VerifiedSignature } from "./verified-seal.ts";
