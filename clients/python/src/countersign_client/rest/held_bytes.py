"""Bytes that arrived and may not be handed out yet."""

from countersign_client.errors import CountersignError


class HeldBytes:
    """Holds bytes back, up to a limit."""

    def __init__(self, limit: int) -> None:
        """Hold at most `limit` bytes."""
        self._limit = limit
        self._held = bytearray()

    def push(self, piece: bytes) -> None:
        """Take more bytes.

        Raises:
            CountersignError: `response.too_large`.
        """
        if len(self._held) + len(piece) > self._limit:
            raise CountersignError(
                "response.too_large", f"more than {self._limit} bytes would be held back; raise max_held_bytes"
            )
        self._held += piece

    def release(self) -> bytes:
        """Hand out everything held, and hold nothing."""
        held = bytes(self._held)
        self._held.clear()
        return held
