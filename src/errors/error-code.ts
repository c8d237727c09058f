import { Code } from "@connectrpc/connect";

/** What REST and RPC callers see of one error code. */
interface ErrorClass {
  /** When it happens, one sentence for the documentation. */
  readonly meaning: string;
  /** HTTP status. */
  readonly status: number;
  /** `type` of the REST envelope. */
  readonly type: string;
  /** Connect and gRPC code. */
  readonly rpc: Code;
  /** `Retry-After` in seconds, where trying again later can help. */
  readonly retryAfterSeconds?: number;
}

/** The closed set of errors. The key is `code` in the REST envelope and `reason` (upper case) in google.rpc.ErrorInfo. */
const ERROR_CLASSES = {
  unauthenticated: {
    meaning: "No token, a malformed one, or one that is not configured.",
    status: 401,
    type: "unauthorized",
    rpc: Code.Unauthenticated,
  },
  not_found: {
    meaning: "No such path, method of a service, or thing.",
    status: 404,
    type: "not_found",
    rpc: Code.NotFound,
  },
  method_not_allowed: {
    meaning: "The path exists with another HTTP method.",
    status: 405,
    type: "bad_request",
    rpc: Code.Unimplemented,
  },
  invalid_json: {
    meaning: "The body is not JSON, or not a JSON object.",
    status: 400,
    type: "bad_request",
    rpc: Code.InvalidArgument,
  },
  invalid_request: {
    meaning: "A field or parameter is missing, of the wrong type or out of range.",
    status: 400,
    type: "bad_request",
    rpc: Code.InvalidArgument,
  },
  unsupported_media_type: {
    meaning: "The content type is not one the path takes.",
    status: 415,
    type: "bad_request",
    rpc: Code.InvalidArgument,
  },
  payload_too_large: {
    meaning: "The body is over the limit of its kind.",
    status: 413,
    type: "payload_too_large",
    rpc: Code.ResourceExhausted,
  },
  request_timeout: {
    meaning: "The request body did not arrive in time.",
    status: 408,
    type: "bad_request",
    rpc: Code.DeadlineExceeded,
  },
  deadline_exceeded: {
    meaning: "The caller's own deadline has passed.",
    status: 504,
    type: "bad_request",
    rpc: Code.DeadlineExceeded,
  },
  model_not_found: {
    meaning: "The model is not served here.",
    status: 404,
    type: "not_found",
    rpc: Code.NotFound,
  },
  model_not_loaded: {
    meaning: "The model is known and not loaded now. `model_state` is idle, loading, unloading or error.",
    status: 503,
    type: "server_error",
    rpc: Code.Unavailable,
    retryAfterSeconds: 5,
  },
  model_refused: {
    meaning: "The model's bytes are not what its registry, the policy or the caller requires.",
    status: 412,
    type: "constraint_unsatisfied",
    rpc: Code.FailedPrecondition,
  },
  models_not_managed: {
    meaning: "This gateway starts no engines itself, so it cannot load or unload models.",
    status: 501,
    type: "not_implemented",
    rpc: Code.FailedPrecondition,
  },
  load_superseded: {
    meaning: "A later load or unload of the same instance took this load's place.",
    status: 409,
    type: "conflict",
    rpc: Code.Aborted,
  },
  signature_not_found: {
    meaning: "No signature is known under the id for this caller.",
    status: 404,
    type: "not_found",
    rpc: Code.NotFound,
  },
  constraint_unsatisfied: {
    meaning: "A constraint of the caller cannot be met.",
    status: 412,
    type: "constraint_unsatisfied",
    rpc: Code.FailedPrecondition,
  },
  encryption_required: {
    meaning: "The gateway, or the caller's own constraint, takes encrypted requests only, and this one is not.",
    status: 412,
    type: "constraint_unsatisfied",
    rpc: Code.FailedPrecondition,
  },
  envelope_key_unknown: {
    meaning:
      "The envelope names a keyset or a key that this gateway does not hold: after a restart, get the new keyset.",
    status: 412,
    type: "bad_request",
    rpc: Code.FailedPrecondition,
  },
  envelope_invalid: {
    meaning:
      "The envelope does not open: altered, or encrypted for another method, model, constraint or key, or of another form.",
    status: 400,
    type: "bad_request",
    rpc: Code.InvalidArgument,
  },
  envelope_stale: {
    meaning: "The envelope was made too long ago, or in the future: one of the two clocks is wrong.",
    status: 412,
    type: "bad_request",
    rpc: Code.FailedPrecondition,
  },
  envelope_replayed: {
    meaning: "The envelope was opened before. Every call, retries included, is encrypted anew.",
    status: 409,
    type: "conflict",
    rpc: Code.AlreadyExists,
  },
  engine_unreachable: {
    meaning: "The engine cannot be reached.",
    status: 502,
    type: "upstream_error",
    rpc: Code.Unavailable,
  },
  engine_protocol: {
    meaning: "The engine's answer is not valid HTTP or not what its API promises.",
    status: 502,
    type: "upstream_error",
    rpc: Code.Unavailable,
  },
  engine_truncated: {
    meaning: "The engine broke off its answer.",
    status: 502,
    type: "upstream_error",
    rpc: Code.Unavailable,
  },
  engine_stream_error: {
    meaning: "The engine reported an error in the middle of a stream.",
    status: 502,
    type: "upstream_error",
    rpc: Code.Unavailable,
  },
  engine_timeout: {
    meaning: "The engine did not answer, or stopped answering, within its time limits.",
    status: 504,
    type: "upstream_error",
    rpc: Code.Unavailable,
  },
  engine_unavailable: {
    meaning: "The engine is loading or overloaded.",
    status: 503,
    type: "upstream_error",
    rpc: Code.Unavailable,
    retryAfterSeconds: 5,
  },
  engine_rejected: {
    meaning: "The engine refused the request. Status, param and code are the engine's.",
    status: 400,
    type: "upstream_error",
    rpc: Code.InvalidArgument,
  },
  engine_failed: {
    meaning: "The engine failed. Status, param and code are the engine's.",
    status: 500,
    type: "upstream_error",
    rpc: Code.Internal,
  },
  rate_limited: {
    meaning: "Too many requests of this kind, from this address or from all together.",
    status: 429,
    type: "rate_limited",
    rpc: Code.ResourceExhausted,
    retryAfterSeconds: 1,
  },
  tls_required: {
    meaning: "The request asks for a proof about a TLS 1.3 connection and did not come over one.",
    status: 400,
    type: "bad_request",
    rpc: Code.FailedPrecondition,
  },
  attestation_unavailable: {
    meaning: "The platform gives no evidence now, or the queue for it is full.",
    status: 503,
    type: "server_error",
    rpc: Code.Unavailable,
    retryAfterSeconds: 5,
  },
  attestation_timeout: {
    meaning: "The platform did not give evidence in time.",
    status: 504,
    type: "server_error",
    rpc: Code.Unavailable,
    retryAfterSeconds: 5,
  },
  draining: {
    meaning: "The gateway is shutting down.",
    status: 503,
    type: "server_error",
    rpc: Code.Unavailable,
    retryAfterSeconds: 1,
  },
  cancelled: {
    meaning: "The caller went away. Never sent: there is nobody to read it.",
    status: 499,
    type: "bad_request",
    rpc: Code.Canceled,
  },
  unimplemented: {
    meaning: "Comes with a later version.",
    status: 501,
    type: "not_implemented",
    rpc: Code.Unimplemented,
  },
  internal: {
    meaning: "A fault of the gateway. Details are in its log only.",
    status: 500,
    type: "server_error",
    rpc: Code.Internal,
  },
} as const satisfies Record<string, ErrorClass>;

/** A code of the closed set. */
export type ErrorCode = keyof typeof ERROR_CLASSES;

/** Every code with its class, in the order of the table. */
export function errorClasses(): readonly (readonly [ErrorCode, ErrorClass])[] {
  return Object.entries(ERROR_CLASSES) as [ErrorCode, ErrorClass][];
}

/** The class of a code. */
export function errorClass(code: ErrorCode): ErrorClass {
  return ERROR_CLASSES[code];
}
