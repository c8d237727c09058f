"""Checkpoints."""

import hmac

from countersign.attestation.v1 import keyset_pb2
from countersign.transcript.v1 import transcript_pb2
from countersign_client.errors import CountersignError
from countersign_client.signing import verify_ed25519
from countersign_client.transcript import RunningHash, checkpoint_text
from countersign_client.verifier.exchange import Exchange


def verify_checkpoint(checkpoint: transcript_pb2.Checkpoint, exchange: Exchange, transcript: RunningHash) -> None:
    """Verify a checkpoint against the reader's own position.

    Raises:
        CountersignError: `checkpoint.sequence`, `checkpoint.hash`, `checkpoint.signature`, `keyset.key`.
    """
    count = transcript.count
    if checkpoint.sequence != count:
        raise CountersignError(
            "checkpoint.sequence", f"a checkpoint over {checkpoint.sequence} chunks came after {count}"
        )
    if not hmac.compare_digest(checkpoint.running_hash, transcript.value):
        raise CountersignError("checkpoint.hash", f"the checkpoint after chunk {count} has another running hash")
    if not checkpoint.HasField("ed25519"):
        raise CountersignError("checkpoint.signature", f"the checkpoint after chunk {count} is not signed")
    signature = checkpoint.ed25519
    public_key = exchange.keyset.find(
        signature.key_id, keyset_pb2.KEY_ROLE_STREAM, keyset_pb2.KEY_ALGORITHM_ED25519, exchange.now()
    )
    text = checkpoint_text(exchange.request_digest, count, transcript.value)
    if not verify_ed25519(signature.value, text, public_key):
        raise CountersignError(
            "checkpoint.signature", f"the signature of the checkpoint after chunk {count} is not valid"
        )
