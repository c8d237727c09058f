"""Which bytes of a body may pass before the whole body is verified."""

import re
from typing import Final, Protocol

from countersign_client.errors import CountersignError
from countersign_client.rest.held_bytes import HeldBytes
from countersign_client.rest.response_id import string_field, usable_id

_DONE_LINE: Final = re.compile(rb"data: ?\[DONE\]\r?\n")


class BodyGate(Protocol):
    """Decides which bytes of a body may pass before the whole body is verified."""

    def take(self, piece: bytes) -> bytes:
        """Take received bytes and return those that may be handed out now, possibly none."""

    def end(self) -> tuple[str | None, bytes]:
        """Say that the body has ended.

        Returns:
            The response id found in the body, if any, and the bytes to hand out once everything is verified.

        Raises:
            CountersignError: `response.truncated`.
        """


class PlainGate:
    """The gate of a plain answer: nothing passes before all of it is verified."""

    def __init__(self, limit: int) -> None:
        """Hold back at most `limit` bytes."""
        self._held = HeldBytes(limit)

    def take(self, piece: bytes) -> bytes:
        """Hold the bytes back."""
        self._held.push(piece)
        return b""

    def end(self) -> tuple[str | None, bytes]:
        """Return the answer's id and the whole answer."""
        rest = self._held.release()
        return usable_id(string_field(rest, "id")), rest


class EventStreamGate:
    """The gate of an event stream (WHATWG HTML, 9.2).

    Whole lines pass as they arrive, and from `data: [DONE]` on nothing, because a reader may stop there: whoever reads
    as far as `[DONE]` has verified bytes.
    """

    def __init__(self, limit: int) -> None:
        """Hold back at most `limit` bytes, which bounds a line and what follows `[DONE]`."""
        self._held = HeldBytes(limit)
        self._id: str | None = None
        self._is_done = False

    def take(self, piece: bytes) -> bytes:
        """Return the lines that this piece completes."""
        passed = bytearray()
        start = 0
        while not self._is_done and (end := piece.find(b"\n", start)) != -1:
            self._held.push(piece[start : end + 1])
            start = end + 1
            line = self._held.release()
            if _DONE_LINE.fullmatch(line):
                self._is_done = True
                self._held.push(line)
                break
            self._note_id(line)
            passed += line
        self._held.push(piece[start:])
        return bytes(passed)

    def end(self) -> tuple[str | None, bytes]:
        """Return the stream's id and the bytes from `[DONE]` on."""
        if not self._is_done:
            raise CountersignError(
                "response.truncated", "the event stream ended without its [DONE]; do not use the answer"
            )
        return self._id, self._held.release()

    def _note_id(self, line: bytes) -> None:
        """Look for the id in one whole line; the sender controls it, and it is bounded by the limit."""
        if self._id is None and line.startswith(b"data:"):
            self._id = usable_id(string_field(line[5:], "id"))
