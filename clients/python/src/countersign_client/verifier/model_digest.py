"""Model digests a gateway states."""

from typing import Final

from countersign.transcript.v1 import transcript_pb2
from countersign_client.transcript import DIGEST_BYTES
from countersign_client.verifier.exchange import Exchange

_KINDS_WITH_VALUE: Final = frozenset(
    {
        transcript_pb2.MODEL_DIGEST_KIND_VERITY,
        transcript_pb2.MODEL_DIGEST_KIND_FILE_MANIFEST,
        transcript_pb2.MODEL_DIGEST_KIND_INDEX,
        transcript_pb2.MODEL_DIGEST_KIND_STATIC,
    }
)


def model_digest_fault(digest: transcript_pb2.ModelDigest | None, exchange: Exchange) -> str | None:
    """Say what is wrong with a model digest, or None.

    It must be there, have a known kind and the length its kind fixes, and be the one the constraints demand if they
    demand one.
    """
    if digest is None:
        return "it names no model digest"
    if digest.kind == transcript_pb2.MODEL_DIGEST_KIND_NONE:
        if digest.value:
            return "its model digest has kind NONE and a value"
    elif digest.kind in _KINDS_WITH_VALUE:
        if len(digest.value) != DIGEST_BYTES:
            return f"its model digest has {len(digest.value)} bytes, not {DIGEST_BYTES}"
    else:
        return "its model digest has no kind this client knows"
    constraints = exchange.constraints
    if constraints is not None and constraints.HasField("model_digest") and constraints.model_digest != digest:
        return "its model digest is not the one the constraints demand"
    return None
