"""The first message of a stream."""

import hmac

from countersign.transcript.v1 import transcript_pb2
from countersign_client.errors import CountersignError
from countersign_client.verifier.exchange import Exchange
from countersign_client.verifier.model_digest import model_digest_fault


def verify_accepted(accepted: transcript_pb2.Accepted, exchange: Exchange) -> None:
    """Hold the first message of a stream against the exchange.

    Raises:
        CountersignError: `transcript.request`, `keyset.untrusted`, `accepted.field`.
    """
    if not hmac.compare_digest(accepted.request_digest, exchange.request_digest):
        raise CountersignError("transcript.request", "the gateway accepted another request than the one sent")
    if not hmac.compare_digest(accepted.keyset_digest, exchange.keyset.digest):
        raise CountersignError(
            "keyset.untrusted",
            "the stream is signed with another keyset than the trusted one; after a key rotation, pin the new one",
        )
    if not accepted.receipt_id:
        raise CountersignError("accepted.field", "the first message names no receipt")
    fault = model_digest_fault(accepted.model_digest if accepted.HasField("model_digest") else None, exchange)
    if fault is not None:
        raise CountersignError("accepted.field", f"the first message is wrong: {fault}")
