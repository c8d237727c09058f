"""How an exchange ended."""

from typing import Final, Literal

from countersign.transcript.v1 import transcript_pb2

SealStatusName = Literal["complete", "upstream_failed", "cancelled"]
"""How an exchange ended, as signed texts spell it."""

_NAMES: Final[dict[int, SealStatusName]] = {
    transcript_pb2.SEAL_STATUS_COMPLETE: "complete",
    transcript_pb2.SEAL_STATUS_UPSTREAM_FAILED: "upstream_failed",
    transcript_pb2.SEAL_STATUS_CANCELLED: "cancelled",
}


def seal_status_name(status: int) -> SealStatusName | None:
    """Return the name of a status, or None for UNSPECIFIED and every value this version does not know: refuse those."""
    return _NAMES.get(status)
