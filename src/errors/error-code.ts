import { Code } from "@connectrpc/connect";

/** What REST and RPC callers see of one error code. */
interface ErrorClass {
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
export const ERROR_CLASSES = {
  /** No token, a malformed one, or one that is not configured. */
  unauthenticated: { status: 401, type: "unauthorized", rpc: Code.Unauthenticated },
  /** No such path, method of a service, or thing. */
  not_found: { status: 404, type: "not_found", rpc: Code.NotFound },
  /** The path exists with another HTTP method. */
  method_not_allowed: { status: 405, type: "bad_request", rpc: Code.Unimplemented },
  /** The body is not JSON, or not a JSON object. */
  invalid_json: { status: 400, type: "bad_request", rpc: Code.InvalidArgument },
  /** A field or parameter is missing, of the wrong type or out of range. */
  invalid_request: { status: 400, type: "bad_request", rpc: Code.InvalidArgument },
  /** The content type is not one the path takes. */
  unsupported_media_type: { status: 415, type: "bad_request", rpc: Code.InvalidArgument },
  /** The body is over the limit of its kind. */
  payload_too_large: { status: 413, type: "payload_too_large", rpc: Code.ResourceExhausted },
  /** The request body did not arrive in time. */
  request_timeout: { status: 408, type: "bad_request", rpc: Code.DeadlineExceeded },
  /** The caller's own deadline has passed. */
  deadline_exceeded: { status: 504, type: "bad_request", rpc: Code.DeadlineExceeded },
  /** The model is not served here. */
  model_not_found: { status: 404, type: "not_found", rpc: Code.NotFound },
  /** No signature is known under the id for this caller. */
  signature_not_found: { status: 404, type: "not_found", rpc: Code.NotFound },
  /** A constraint of the caller cannot be met. */
  constraint_unsatisfied: { status: 412, type: "constraint_unsatisfied", rpc: Code.FailedPrecondition },
  /** The engine cannot be reached. */
  engine_unreachable: { status: 502, type: "upstream_error", rpc: Code.Unavailable },
  /** The engine's answer is not valid HTTP or not what its API promises. */
  engine_protocol: { status: 502, type: "upstream_error", rpc: Code.Unavailable },
  /** The engine broke off its answer. */
  engine_truncated: { status: 502, type: "upstream_error", rpc: Code.Unavailable },
  /** The engine reported an error in the middle of a stream. */
  engine_stream_error: { status: 502, type: "upstream_error", rpc: Code.Unavailable },
  /** The engine did not answer, or stopped answering, within its time limits. */
  engine_timeout: { status: 504, type: "upstream_error", rpc: Code.Unavailable },
  /** The engine is loading or overloaded. */
  engine_unavailable: { status: 503, type: "upstream_error", rpc: Code.Unavailable, retryAfterSeconds: 5 },
  /** The engine refused the request. Status, param and code are the engine's. */
  engine_rejected: { status: 400, type: "upstream_error", rpc: Code.InvalidArgument },
  /** The engine failed. Status, param and code are the engine's. */
  engine_failed: { status: 500, type: "upstream_error", rpc: Code.Internal },
  /** The gateway is shutting down. */
  draining: { status: 503, type: "server_error", rpc: Code.Unavailable, retryAfterSeconds: 1 },
  /** The caller went away. Never sent: there is nobody to read it. */
  cancelled: { status: 499, type: "bad_request", rpc: Code.Canceled },
  /** Comes with a later version. */
  unimplemented: { status: 501, type: "not_implemented", rpc: Code.Unimplemented },
  /** A fault of the gateway. Details are in its log only. */
  internal: { status: 500, type: "server_error", rpc: Code.Internal },
} as const satisfies Record<string, ErrorClass>;

/** A code of the closed set. */
export type ErrorCode = keyof typeof ERROR_CLASSES;

/** The class of a code. */
export function errorClass(code: ErrorCode): ErrorClass {
  return ERROR_CLASSES[code];
}
