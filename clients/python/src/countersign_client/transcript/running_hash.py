"""The running hash."""

import hashlib
from typing import Final

from countersign_client.transcript.digest import DIGEST_BYTES

STREAM_VERSION: Final = "countersign.stream.v1"
"""Version of the transcript: first part of `h_0` and of the seal's signed text."""

_START: Final = STREAM_VERSION.encode("ascii") + b"\x00"


class RunningHash:
    """The state of one transcript: a chain over the chunks, and the plain digest of the same bytes.

        h_0 = SHA-256("countersign.stream.v1" ‖ 0x00 ‖ q)
        h_i = SHA-256(h_{i-1} ‖ payload_i)

    Keeps two hash states and nothing of the payloads.
    """

    def __init__(self, request: bytes) -> None:
        """Start a transcript.

        Args:
            request: the request digest `q`, 32 bytes.

        Raises:
            ValueError: if `request` is not 32 bytes.
        """
        if len(request) != DIGEST_BYTES:
            raise ValueError(f"a request digest is {DIGEST_BYTES} bytes, not {len(request)}")
        self._value = hashlib.sha256(_START + request).digest()
        self._body = hashlib.sha256()
        self._count = 0

    @property
    def count(self) -> int:
        """Number of chunks absorbed: `i`."""
        return self._count

    @property
    def value(self) -> bytes:
        """`h_i`, 32 bytes. Before the first chunk `h_0`."""
        return self._value

    def absorb(self, payload: bytes) -> bytes:
        """Take the exact payload bytes of the next chunk and return the new `h_i`, 32 bytes."""
        link = hashlib.sha256(self._value)
        link.update(payload)
        self._body.update(payload)
        self._value = link.digest()
        self._count += 1
        return self._value

    def body_digest(self) -> bytes:
        """Return `b` over the chunks so far: SHA-256(payload_1 ‖ ... ‖ payload_i), 32 bytes. More chunks may follow."""
        return self._body.digest()
