"""The metadata of a seal."""

import hmac

from countersign.transcript.v1 import transcript_pb2
from countersign_client.errors import CountersignError
from countersign_client.transcript import SealStatusName
from countersign_client.verifier.decode import decode_message
from countersign_client.verifier.exchange import Exchange
from countersign_client.verifier.model_digest import model_digest_fault


def open_seal_metadata(
    serialised: bytes,
    status: SealStatusName,
    body_digest: bytes,
    exchange: Exchange,
    accepted: transcript_pb2.Accepted | None,
) -> transcript_pb2.SealMetadata:
    """Decode the metadata of a seal whose signatures were verified, and compare every field with what the client knows.

    Args:
        serialised: the metadata as it arrived.
        status: the seal's status.
        body_digest: `b` as computed here, 32 bytes.
        exchange: what the client knew beforehand.
        accepted: the verified first message of a stream; None in a unary call.

    Raises:
        CountersignError: `message.malformed`, `seal.body`, `seal.field`.
    """
    metadata = decode_message(transcript_pb2.SealMetadata, serialised)
    if not hmac.compare_digest(metadata.body_digest, body_digest):
        raise CountersignError("seal.body", "the seal has another body digest than the chunks received")
    field = _first_wrong_field(metadata, status, exchange, accepted)
    if field is not None:
        raise CountersignError("seal.field", f"the seal's {field} is not what this client knows of the exchange")
    return metadata


def _first_wrong_field(
    metadata: transcript_pb2.SealMetadata,
    status: SealStatusName,
    exchange: Exchange,
    accepted: transcript_pb2.Accepted | None,
) -> str | None:
    model_digest = metadata.model_digest if metadata.HasField("model_digest") else None
    # A gateway may echo "none" as an absent or as an empty message; both demand nothing.
    demanded = exchange.constraints if exchange.constraints is not None else transcript_pb2.Constraints()
    checks = (
        ("method", metadata.method == exchange.method),
        ("model", metadata.model == exchange.model),
        ("model_digest", model_digest_fault(model_digest, exchange) is None),
        ("model_digest", accepted is None or model_digest == accepted.model_digest),
        ("receipt_id", metadata.receipt_id != ""),
        ("receipt_id", accepted is None or metadata.receipt_id == accepted.receipt_id),
        ("request_form", metadata.request_form == transcript_pb2.REQUEST_FORM_PAYLOAD),
        ("keyset_digest", hmac.compare_digest(metadata.keyset_digest, exchange.keyset.digest)),
        ("constraints", metadata.constraints == demanded),
        ("failure_reason", status != "complete" or metadata.failure_reason == ""),
    )
    return next((name for name, holds in checks if not holds), None)
