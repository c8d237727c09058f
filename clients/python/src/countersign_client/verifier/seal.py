"""Seals."""

import hmac

from countersign.attestation.v1 import keyset_pb2
from countersign.transcript.v1 import transcript_pb2
from countersign_client.errors import CountersignError
from countersign_client.signing import verify_ecdsa, verify_ed25519
from countersign_client.transcript import RunningHash, seal_status_name, seal_text
from countersign_client.verifier.exchange import Exchange
from countersign_client.verifier.seal_metadata import open_seal_metadata
from countersign_client.verifier.verified_seal import VerifiedSeal, VerifiedSignature


def verify_seal(
    seal: transcript_pb2.Seal,
    exchange: Exchange,
    transcript: RunningHash,
    accepted: transcript_pb2.Accepted | None,
) -> VerifiedSeal:
    """Verify a seal against the reader's own state.

    In this order: status, count, request digest, final hash, the signed text as rebuilt here, both signatures, and only
    then, from metadata now known to be signed, every field of it.

    Args:
        seal: as it arrived.
        exchange: what the client knew beforehand.
        transcript: the reader's own transcript of what it received.
        accepted: the verified first message of a stream; None in a unary call.

    Raises:
        CountersignError: `seal.status`, `seal.count`, `seal.request`, `seal.hash`, `seal.text`, `seal.ecdsa`,
            `seal.ed25519`, `keyset.key`, `message.malformed`, `seal.body`, `seal.field`.
    """
    status = seal_status_name(seal.status)
    if status is None:
        raise CountersignError("seal.status", "the seal's status is none this client knows")
    if seal.chunk_count != transcript.count:
        raise CountersignError("seal.count", f"the seal counts {seal.chunk_count} chunks, {transcript.count} arrived")
    if not hmac.compare_digest(seal.request_digest, exchange.request_digest):
        raise CountersignError("seal.request", "the seal has another request digest than the request sent")
    if not hmac.compare_digest(seal.final_hash, transcript.value):
        raise CountersignError("seal.hash", "the seal has another final hash than the chunks received")
    text = seal_text(
        status,
        request=exchange.request_digest,
        chunk_count=transcript.count,
        final_hash=transcript.value,
        metadata=seal.metadata,
    )
    if seal.signed_text != text:
        raise CountersignError("seal.text", "the seal's signed text is not that of this exchange")
    ecdsa = _verify_seal_ecdsa(seal, text, exchange)
    ed25519 = _verify_seal_ed25519(seal, text, exchange)
    body_digest = transcript.body_digest()
    metadata = open_seal_metadata(seal.metadata, status, body_digest, exchange, accepted)
    return VerifiedSeal(
        status=status,
        chunk_count=transcript.count,
        request_digest=exchange.request_digest,
        final_hash=transcript.value,
        body_digest=body_digest,
        model=metadata.model,
        model_digest=metadata.model_digest,
        response_id=metadata.response_id,
        receipt_id=metadata.receipt_id,
        created_unix_ms=metadata.created_unix_ms,
        sealed_unix_ms=metadata.sealed_unix_ms,
        usage=metadata.usage if metadata.HasField("usage") else None,
        failure_reason=metadata.failure_reason,
        keyset_digest=metadata.keyset_digest,
        signed_text=text,
        metadata=seal.metadata,
        ecdsa=ecdsa,
        ed25519=ed25519,
    )


def _verify_seal_ecdsa(seal: transcript_pb2.Seal, text: str, exchange: Exchange) -> VerifiedSignature:
    if not seal.HasField("ecdsa"):
        raise CountersignError("seal.ecdsa", "the seal has no ECDSA signature")
    signature = seal.ecdsa
    public_key = exchange.keyset.find(
        signature.key_id, keyset_pb2.KEY_ROLE_STREAM, keyset_pb2.KEY_ALGORITHM_SECP256K1, exchange.now()
    )
    if not verify_ecdsa(signature.value, text, public_key):
        raise CountersignError("seal.ecdsa", "the seal's ECDSA signature is not valid")
    return VerifiedSignature(signature.key_id, signature.value)


def _verify_seal_ed25519(seal: transcript_pb2.Seal, text: str, exchange: Exchange) -> VerifiedSignature:
    if not seal.HasField("ed25519"):
        raise CountersignError("seal.ed25519", "the seal has no Ed25519 signature")
    signature = seal.ed25519
    public_key = exchange.keyset.find(
        signature.key_id, keyset_pb2.KEY_ROLE_STREAM, keyset_pb2.KEY_ALGORITHM_ED25519, exchange.now()
    )
    if not verify_ed25519(signature.value, text, public_key):
        raise CountersignError("seal.ed25519", "the seal's Ed25519 signature is not valid")
    return VerifiedSignature(signature.key_id, signature.value)
