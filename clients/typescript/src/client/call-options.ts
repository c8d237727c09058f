import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ConstraintsSchema,
  ProofOptionsSchema,
} from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import type { Trust } from "../trust/index.ts";

/** Constraints as plain fields. */
export type ConstraintsInput = MessageInitShape<typeof ConstraintsSchema>;
/** Proof options as plain fields. */
export type ProofInput = MessageInitShape<typeof ProofOptionsSchema>;

/** Options of one call. */
export interface CallOptions {
  /** Cancels the call: `call.cancelled`. */
  readonly signal?: AbortSignal;
  /** Deadline of the whole call, keyset included; sent to the gateway. Milliseconds. Default: the client's. */
  readonly timeoutMs?: number;
  /** What whoever serves must fulfil. Replaces the client's default as a whole. */
  readonly constraints?: ConstraintsInput;
  /** How often checkpoints come. Default: as the operator set. */
  readonly proof?: ProofInput;
}

/** Options that every client takes, whatever carries its calls. */
export interface VerificationOptions {
  /** Whose keys are accepted. Required: see {@link Trust}. */
  readonly trust: Trust;
  /** Deadline of a call that sets none. Milliseconds, default 600 000. */
  readonly timeoutMs?: number;
  /**
   * Whether input and answer of every call are encrypted to the gateway's workload, whatever carries them. Needs keys
   * that somebody vouches for, so not `unattestedKeyset()`. A call that cannot be encrypted is not sent. Default false.
   */
  readonly encrypt?: boolean;
  /** Constraints of calls that set none. Default: none. */
  readonly constraints?: ConstraintsInput;
  /** The clock that key validity is judged by, Unix milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
}

/** Deadline of calls where nobody set one. Milliseconds. */
export const DEFAULT_TIMEOUT_MS = 600_000;
