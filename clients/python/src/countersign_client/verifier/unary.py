"""Unary answers."""

from countersign.inference.v1 import inference_service_pb2
from countersign.transcript.v1 import transcript_pb2
from countersign_client.errors import CountersignError
from countersign_client.transcript import RunningHash
from countersign_client.verifier.exchange import Exchange
from countersign_client.verifier.incomplete_error import IncompleteError
from countersign_client.verifier.seal import verify_seal
from countersign_client.verifier.verified_seal import VerifiedSeal

UnaryMessage = (
    inference_service_pb2.ChatResponse
    | inference_service_pb2.CompleteResponse
    | inference_service_pb2.EmbedResponse
    | inference_service_pb2.TokenizeResponse
)
"""The response of a unary method: the payload of the only chunk, and the seal."""


def verify_unary(response: UnaryMessage, exchange: Exchange) -> VerifiedSeal:
    """Verify a unary answer: a stream of one chunk. An answer that did not complete may have none.

    Returns:
        The seal; `response.payload` is then verified and safe to decode.

    Raises:
        CountersignError: `seal.missing`, or as `verify_seal`.
        IncompleteError: if the seal says that the answer is not complete.
    """
    if not response.HasField("seal"):
        raise CountersignError("seal.missing", "the answer carries no seal; do not use it")
    payload, seal = response.payload, response.seal
    transcript = RunningHash(exchange.request_digest)
    # An empty payload alone does not tell no chunk from an empty chunk; the signed count does.
    is_empty = not payload and seal.chunk_count == 0 and seal.status != transcript_pb2.SEAL_STATUS_COMPLETE
    if not is_empty:
        transcript.absorb(payload)
    verified = verify_seal(seal, exchange, transcript, None)
    if verified.status != "complete":
        raise IncompleteError(verified)
    return verified
