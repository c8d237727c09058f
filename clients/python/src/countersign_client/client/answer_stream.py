"""A streamed answer."""

from collections.abc import Callable, Generator, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

from connectrpc.client import ResponseMetadata as RpcMetadata
from connectrpc.errors import ConnectError
from google.protobuf.message import Message

from countersign.transcript.v1 import transcript_pb2
from countersign_client.client.response_metadata import ResponseMetadata, read_metadata
from countersign_client.client.stream_reader import StreamReader, unread
from countersign_client.errors import CountersignError
from countersign_client.trust import KeysetCache
from countersign_client.verifier import Exchange, StreamMessage, VerifiedSeal

_ChunkT = TypeVar("_ChunkT", bound=Message)


class AnswerStream(Generic[_ChunkT]):
    """A streamed answer: iterate over it. Every chunk it yields was verified first.

    A loop that ends has seen the whole, sealed answer; everything else raises `CountersignError`. Use it as a context
    manager: leaving it early cancels the call. The call begins when the context is entered, or with the first chunk
    asked for. Not for use by several threads at once.
    """

    def __init__(
        self,
        open_messages: Callable[[], tuple[Iterator[StreamMessage], Exchange]],
        chunk_type: type[_ChunkT],
        keysets: KeysetCache,
    ) -> None:
        """Made by `Client`."""
        self._open_messages = open_messages
        self._chunk_type = chunk_type
        self._keysets = keysets
        self._opened: tuple[Iterator[StreamMessage], StreamReader[_ChunkT]] | None = None
        self._is_closed = False
        self._captured = RpcMetadata()

    @property
    def accepted(self) -> transcript_pb2.Accepted | None:
        """What the gateway said at once: receipt id, model digest. Verified; None before the first message."""
        return self._opened[1].verifier.accepted if self._opened is not None else None

    @property
    def is_pinned(self) -> bool:
        """Whether the caller vouches for the signing keys; False with `UnattestedKeyset`."""
        return self._keysets.is_pinned

    @property
    def chunk_count(self) -> int:
        """Number of chunks verified so far."""
        return self._opened[1].verifier.chunk_count if self._opened is not None else 0

    @property
    def checkpointed(self) -> int:
        """Sequence of the last chunk a verified checkpoint covers; 0 before the first."""
        return self._opened[1].verifier.checkpointed if self._opened is not None else 0

    @property
    def seal(self) -> VerifiedSeal:
        """The verified seal of a complete answer, once the loop has ended.

        Raises:
            CountersignError: what reading raised; `input.invalid` before the end.
        """
        if self._opened is None:
            raise unread()
        return self._opened[1].require_seal()

    @property
    def metadata(self) -> ResponseMetadata:
        """Headers, and after the end trailers. Unsigned."""
        return read_metadata(self._captured)

    def close(self) -> None:
        """Cancel the call if it has not ended. Doing so twice does nothing."""
        self._is_closed = True
        if self._opened is None:
            return
        messages, reader = self._opened
        reader.cancel()
        if isinstance(messages, Generator):
            messages.close()

    def __enter__(self) -> Self:
        """Begin the call and wait for the gateway to accept it.

        Raises:
            CountersignError: as iteration.
        """
        if self._opened is None:
            messages, reader = self._open()
            self._take_next(messages, reader)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel the call if it has not ended."""
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> _ChunkT:
        """Return the next verified chunk.

        Raises:
            CountersignError: naming the failed check or how the call failed; the call is then cancelled, and asking
                again raises the same.
        """
        messages, reader = self._opened if self._opened is not None else self._open()
        while not reader.is_over:
            chunk = self._take_next(messages, reader)
            if chunk is not None:
                return chunk
        reader.raise_failure()
        raise StopIteration

    def _open(self) -> tuple[Iterator[StreamMessage], StreamReader[_ChunkT]]:
        if self._is_closed:
            raise CountersignError("call.cancelled", "the stream was left before its end")
        messages, exchange = self._open_messages()
        self._opened = messages, StreamReader(exchange, self._chunk_type, self._keysets.note_failure)
        return self._opened

    def _take_next(self, messages: Iterator[StreamMessage], reader: StreamReader[_ChunkT]) -> _ChunkT | None:
        """Take one message, or the end, after which the reader is over."""
        try:
            # The RPC library reports metadata to whoever has entered this context when it reads from the network.
            with self._captured:
                message = next(messages, None)
            if message is None:
                reader.end()
                return None
            return reader.take(message)
        except ConnectError as error:
            raise reader.fail(error) from error
        except CountersignError:
            self.close()
            raise
