import type { VerifiedSeal } from "../verify/index.ts";

/** A whole answer, verified before it was decoded. */
export interface VerifiedResult<T> {
  /** The answer. */
  readonly message: T;
  /** The seal that covers it. */
  readonly seal: VerifiedSeal;
  /** Whether the caller vouches for the signing keys; false with `unattestedKeyset()`. */
  readonly pinned: boolean;
}
