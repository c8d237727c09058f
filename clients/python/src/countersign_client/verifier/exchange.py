"""What a client knows before the first answer byte."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from countersign.transcript.v1 import transcript_pb2
from countersign_client.signing import Keyset


def system_clock() -> int:
    """Return the time, Unix milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a client knows about an exchange before the first answer byte: everything it will be compared with."""

    method: str
    """Full method name, for example `/countersign.inference.v1.InferenceService/StreamChat`."""
    model: str
    """Model asked for."""
    request_digest: bytes
    """`q`, made by the client over the payload it sends. 32 bytes."""
    constraints: transcript_pb2.Constraints | None = None
    """Constraints sent. None equals empty."""
    keyset: Keyset
    """The keyset this client trusts."""
    now: Callable[[], int] = system_clock
    """The verifier's clock, Unix milliseconds."""
