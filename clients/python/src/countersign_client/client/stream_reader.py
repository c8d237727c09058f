"""What the streams of both clients do with messages. No I/O."""

from collections.abc import Callable
from typing import Generic, TypeVar

from connectrpc.errors import ConnectError
from google.protobuf.message import Message

from countersign_client.client.call_error import call_error
from countersign_client.errors import CountersignError
from countersign_client.verifier import (
    Exchange,
    IncompleteError,
    StreamMessage,
    TranscriptVerifier,
    VerifiedSeal,
    decode_message,
)

_ChunkT = TypeVar("_ChunkT", bound=Message)


class StreamReader(Generic[_ChunkT]):
    """Verifies and decodes one stream, and remembers how it ended."""

    def __init__(
        self, exchange: Exchange, chunk_type: type[_ChunkT], on_failure: Callable[[CountersignError], None]
    ) -> None:
        """Start reading the stream of one exchange, whose payloads are serialised `chunk_type`."""
        self.verifier = TranscriptVerifier(exchange)
        self._on_failure = on_failure
        self._chunk_type = chunk_type
        self._failure: CountersignError | None = None
        self._seal: VerifiedSeal | None = None

    @property
    def is_over(self) -> bool:
        """Whether the stream has ended, in whatever way."""
        return self._failure is not None or self._seal is not None

    def require_seal(self) -> VerifiedSeal:
        """Return the seal of a complete answer.

        Raises:
            CountersignError: what ended the stream; `input.invalid` while it has not ended.
        """
        self.raise_failure()
        if self._seal is None:
            raise unread()
        return self._seal

    def raise_failure(self) -> None:
        """Raise what ended the stream, if anything did: a loop that starts anew must not look like an end."""
        if self._failure is not None:
            raise self._failure

    def take(self, message: StreamMessage) -> _ChunkT | None:
        """Take a message; return the chunk it carries, if it carries one.

        Raises:
            CountersignError: naming the failed check.
        """
        try:
            payload = self.verifier.take(message)
            return None if payload is None else decode_message(self._chunk_type, payload)
        except CountersignError as error:
            self._note(error)
            raise

    def end(self) -> None:
        """Say that the stream ended without an error of the transport.

        Raises:
            CountersignError: `seal.missing`, `seal.incomplete`.
        """
        try:
            self._seal = self.verifier.end()
        except CountersignError as error:
            self._note(error)
            raise

    def fail(self, error: ConnectError) -> CountersignError:
        """Say that the call failed, and return what to raise.

        An RPC error after the verified seal of an incomplete answer says what the seal says, and the seal is signed.
        """
        sealed = self.verifier.seal
        failure = IncompleteError(sealed) if sealed is not None and sealed.status != "complete" else call_error(error)
        self._note(failure)
        return failure

    def cancel(self) -> None:
        """Say that the caller left."""
        if not self.is_over:
            self._failure = CountersignError("call.cancelled", "the stream was left before its end")

    def _note(self, error: CountersignError) -> None:
        self._failure = error
        self._on_failure(error)


def unread() -> CountersignError:
    """Return the error of asking for the seal of a stream that was not read to its end."""
    return CountersignError("input.invalid", "the stream has no verified seal before it was read to its end")
