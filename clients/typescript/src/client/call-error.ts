import { Code, ConnectError } from "@connectrpc/connect";
import { CountersignError, type ErrorCode } from "../errors/index.ts";

const CODES: Readonly<Record<Code, ErrorCode>> = {
  [Code.Canceled]: "call.cancelled",
  [Code.Unknown]: "call.unknown",
  [Code.InvalidArgument]: "call.invalid_argument",
  [Code.DeadlineExceeded]: "call.deadline",
  [Code.NotFound]: "call.not_found",
  [Code.AlreadyExists]: "call.already_exists",
  [Code.PermissionDenied]: "call.permission_denied",
  [Code.ResourceExhausted]: "call.resource_exhausted",
  [Code.FailedPrecondition]: "call.failed_precondition",
  [Code.Aborted]: "call.aborted",
  [Code.OutOfRange]: "call.out_of_range",
  [Code.Unimplemented]: "call.unimplemented",
  [Code.Internal]: "call.internal",
  [Code.Unavailable]: "call.unavailable",
  [Code.DataLoss]: "call.data_loss",
  [Code.Unauthenticated]: "call.unauthenticated",
};

/**
 * Gives any failure of a call its code of the closed set. Errors of this package pass unchanged.
 *
 * @param signal the call's signal: once it is aborted, whatever the transport says is a consequence of that
 */
export function callError(error: unknown, signal: AbortSignal): CountersignError {
  if (error instanceof CountersignError) return error;
  if (signal.aborted) return abortError(signal.reason);
  const failure = ConnectError.from(error);
  // A connection that was not attested says so itself; the transport wraps it as it wraps errors of sockets.
  if (failure.cause instanceof CountersignError) return failure.cause;
  // The transport decodes messages before they reach the verifier, and says so in these words only.
  if (failure.code === Code.Internal && failure.rawMessage.startsWith("parse binary: ")) {
    return new CountersignError("message.malformed", "a message is not a serialised message", { cause: failure });
  }
  return new CountersignError(CODES[failure.code], failure.rawMessage, { cause: failure });
}

/** The error of a call whose signal was aborted for this reason: a passed deadline or the caller's will. */
export function abortError(reason: unknown): CountersignError {
  if (reason instanceof CountersignError) return reason;
  if (reason instanceof Error && reason.name === "TimeoutError") {
    return new CountersignError("call.deadline", "the deadline passed before the answer was complete", {
      cause: reason,
    });
  }
  return new CountersignError("call.cancelled", "the call was cancelled", { cause: reason });
}
