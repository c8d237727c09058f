import type { VerifiedSeal } from "../verify/index.ts";

/** A whole answer, verified before it was decoded. */
export interface VerifiedResult<T> {
  /** The answer. */
  readonly message: T;
  /** The seal that covers it. */
  readonly seal: VerifiedSeal;
  /** Whether the caller vouches for the signing keys, by pin or by bytes. */
  readonly pinned: boolean;
  /** Whether verified evidence of the connections vouches for the signing keys: with `attestedKeyset()`. */
  readonly attested: boolean;
}
