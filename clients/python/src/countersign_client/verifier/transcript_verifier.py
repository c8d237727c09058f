"""The verifier of one stream."""

import hmac

from countersign.inference.v1 import inference_service_pb2
from countersign.transcript.v1 import transcript_pb2
from countersign_client.errors import CountersignError
from countersign_client.transcript import RunningHash
from countersign_client.verifier.accepted import verify_accepted
from countersign_client.verifier.checkpoint import verify_checkpoint
from countersign_client.verifier.exchange import Exchange
from countersign_client.verifier.incomplete_error import IncompleteError
from countersign_client.verifier.seal import verify_seal
from countersign_client.verifier.verified_seal import VerifiedSeal

StreamMessage = (
    inference_service_pb2.StreamChatResponse
    | inference_service_pb2.StreamCompleteResponse
    | inference_service_pb2.StreamForwardResponse
)
"""A message of the response stream of any streaming method: they all carry the same oneof `event`."""


class TranscriptVerifier:
    """Verifies one stream, message by message. Keeps digests and counts, never content."""

    def __init__(self, exchange: Exchange) -> None:
        """Start verifying the response stream of one exchange."""
        self._exchange = exchange
        self._transcript = RunningHash(exchange.request_digest)
        self._accepted: transcript_pb2.Accepted | None = None
        self._seal: VerifiedSeal | None = None
        self._chunk_count = 0
        self._checkpointed = 0
        self._failure: CountersignError | None = None

    @property
    def accepted(self) -> transcript_pb2.Accepted | None:
        """What the first message said, once it came and was verified."""
        return self._accepted

    @property
    def chunk_count(self) -> int:
        """Number of chunks verified."""
        return self._chunk_count

    @property
    def checkpointed(self) -> int:
        """Sequence of the last chunk a verified checkpoint covers; 0 before the first."""
        return self._checkpointed

    @property
    def seal(self) -> VerifiedSeal | None:
        """The seal, once it came and was verified. It is final only when `end` has returned it."""
        return self._seal

    def take(self, message: StreamMessage) -> bytes | None:
        """Take the next message.

        Returns:
            The payload of a chunk, verified and safe to decode; None for every other message.

        Raises:
            CountersignError: naming the failed check; after that the verifier is spent and raises the same again.
        """
        if self._failure is not None:
            raise self._failure
        try:
            return self._dispatch(message)
        except CountersignError as error:
            self._failure = error
            raise

    def end(self) -> VerifiedSeal:
        """Say that the stream has ended without an error of the transport, and return the seal of a complete answer.

        Raises:
            CountersignError: `seal.missing`, or what `take` raised.
            IncompleteError: if the seal says that the answer is not complete.
        """
        if self._failure is not None:
            raise self._failure
        if self._seal is None:
            raise CountersignError(
                "seal.missing",
                f"the stream ended after {self.chunk_count} chunks without a seal; do not use the answer",
            )
        if self._seal.status != "complete":
            raise IncompleteError(self._seal)
        return self._seal

    def _dispatch(self, message: StreamMessage) -> bytes | None:
        event = message.WhichOneof("event")
        if event is None:
            raise CountersignError("message.malformed", "a message names no event")
        if self._seal is not None:
            raise CountersignError("stream.after_seal", f"{event} came after the seal")
        if event == "accepted":
            if self._accepted is not None:
                raise CountersignError("stream.accepted", "a second first message came")
            verify_accepted(message.accepted, self._exchange)
            self._accepted = message.accepted
            return None
        if self._accepted is None:
            raise CountersignError("stream.accepted", f"the stream began with {event} instead of accepted")
        if event == "chunk":
            return self._take_chunk(message.chunk)
        if event == "checkpoint":
            verify_checkpoint(message.checkpoint, self._exchange, self._transcript)
            self._checkpointed = self._chunk_count
            return None
        self._seal = verify_seal(message.seal, self._exchange, self._transcript, self._accepted)
        return None

    def _take_chunk(self, chunk: transcript_pb2.Chunk) -> bytes:
        previous = self._chunk_count
        # sequence is attacker-controlled: only the next number is taken, so it bounds itself.
        if chunk.sequence != previous + 1:
            raise CountersignError("transcript.sequence", f"chunk {chunk.sequence} came after chunk {previous}")
        payload = chunk.payload
        if not hmac.compare_digest(self._transcript.absorb(payload), chunk.running_hash):
            raise CountersignError(
                "transcript.hash", f"chunk {chunk.sequence} has another running hash than computed here"
            )
        self._chunk_count += 1
        return payload
