import { type ModelDigest, NO_DIGEST } from "./model-digest.ts";

/** A model an engine is about to open. */
export interface ModelToVerify {
  /** Name callers use. */
  readonly name: string;
  /** Its directory within the models directory, one name. */
  readonly source: string;
  /** Canonical path of that directory. The engine gets this path and no other. */
  readonly path: string;
  /** What whoever loads the model expects; undefined: the registry and the policy decide. */
  readonly expected: ModelDigest | undefined;
}

/** How far a verification has come. Bytes. */
export type VerificationProgress = (verifiedBytes: number, totalBytes: number) => void;

/**
 * Establishes what an engine is about to open, before it opens anything.
 *
 * @throws GatewayError `model_refused` if the model is not what its registry, the policy or the caller requires; the
 * message names what was wrong and holds no path
 */
export type ModelVerifier = (
  model: ModelToVerify,
  onProgress: VerificationProgress,
  signal: AbortSignal,
) => Promise<ModelDigest>;

/** Measures nothing and says so. An expected digest is then never met. */
export const noVerification: ModelVerifier = () => Promise.resolve(NO_DIGEST);
