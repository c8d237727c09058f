"""Failures of a call."""

from typing import Final

from connectrpc.code import Code
from connectrpc.errors import ConnectError
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo

from countersign_client.errors import CountersignError, ErrorCode

_CODES: Final[dict[Code, ErrorCode]] = {
    Code.CANCELED: "call.cancelled",
    Code.UNKNOWN: "call.unknown",
    Code.INVALID_ARGUMENT: "call.invalid_argument",
    Code.DEADLINE_EXCEEDED: "call.deadline",
    Code.NOT_FOUND: "call.not_found",
    Code.ALREADY_EXISTS: "call.already_exists",
    Code.PERMISSION_DENIED: "call.permission_denied",
    Code.RESOURCE_EXHAUSTED: "call.resource_exhausted",
    Code.FAILED_PRECONDITION: "call.failed_precondition",
    Code.ABORTED: "call.aborted",
    Code.OUT_OF_RANGE: "call.out_of_range",
    Code.UNIMPLEMENTED: "call.unimplemented",
    Code.INTERNAL: "call.internal",
    Code.UNAVAILABLE: "call.unavailable",
    Code.DATA_LOSS: "call.data_loss",
    Code.UNAUTHENTICATED: "call.unauthenticated",
}

_MAX_MESSAGE: Final = 500
_DOMAIN: Final = "countersign"


class CallError(CountersignError):
    """The call failed: the gateway answered with an error, or did not answer. Nothing in here is signed."""

    reason: str
    """Reason of the closed set in the gateway's documentation; empty if it gave none."""
    field_violations: tuple[tuple[str, str], ...]
    """For `call.invalid_argument`: path of each refused field, and why."""

    def __init__(
        self, code: ErrorCode, message: str, reason: str = "", field_violations: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(code, message)
        self.reason = reason
        self.field_violations = field_violations


def call_error(error: ConnectError) -> CountersignError:
    """Turn an RPC error into this package's."""
    if isinstance(error.__cause__, DecodeError):
        return CountersignError("message.malformed", "a message of the gateway is not what the method returns")
    reason = ""
    violations: tuple[tuple[str, str], ...] = ()
    for detail in error.details:
        # Details are the gateway's: a malformed one is passed over, the error stays.
        try:
            if detail.type_name == ErrorInfo.DESCRIPTOR.full_name:
                information = ErrorInfo.FromString(detail.message_bytes)
                if information.domain == _DOMAIN:
                    reason = information.reason
            elif detail.type_name == BadRequest.DESCRIPTOR.full_name:
                request = BadRequest.FromString(detail.message_bytes)
                violations = tuple((violation.field, violation.description) for violation in request.field_violations)
        except DecodeError:
            continue
    # The text is the gateway's or the network's: bounded, and on one line.
    said = "".join(character if character.isprintable() else " " for character in error.message[:_MAX_MESSAGE])
    return CallError(_CODES[error.code], f"the call failed: {said}" if said else "the call failed", reason, violations)
