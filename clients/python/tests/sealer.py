"""Makes the messages of honest exchanges."""

import hashlib

from signer import KEYSET, STREAM

from countersign.transcript.v1 import transcript_pb2
from countersign_client.transcript import RunningHash, SealStatusName, checkpoint_text, seal_text

STATUSES: dict[SealStatusName, transcript_pb2.SealStatus] = {
    "complete": transcript_pb2.SEAL_STATUS_COMPLETE,
    "upstream_failed": transcript_pb2.SEAL_STATUS_UPSTREAM_FAILED,
    "cancelled": transcript_pb2.SEAL_STATUS_CANCELLED,
}
MODEL_DIGEST = transcript_pb2.ModelDigest(kind=transcript_pb2.MODEL_DIGEST_KIND_STATIC, value=bytes(range(32)))


class Sealer:
    """One exchange, seen from the gateway."""

    def __init__(
        self, method: str, model: str, payload: bytes, constraints: transcript_pb2.Constraints | None, receipt_id: str
    ) -> None:
        self.digest = hashlib.sha256(payload).digest()
        self.transcript = RunningHash(self.digest)
        self.receipt_id = receipt_id
        self._method = f"/countersign.inference.v1.InferenceService/{method}"
        self._model = model
        self._constraints = constraints

    def accepted(self) -> transcript_pb2.Accepted:
        return transcript_pb2.Accepted(
            request_digest=self.digest,
            receipt_id=self.receipt_id,
            keyset_digest=hashlib.sha256(KEYSET).digest(),
            model_digest=MODEL_DIGEST,
        )

    def chunk(self, payload: bytes) -> transcript_pb2.Chunk:
        running_hash = self.transcript.absorb(payload)
        return transcript_pb2.Chunk(sequence=self.transcript.count, payload=payload, running_hash=running_hash)

    def checkpoint(self) -> transcript_pb2.Checkpoint:
        count, value = self.transcript.count, self.transcript.value
        return transcript_pb2.Checkpoint(
            sequence=count,
            running_hash=value,
            ed25519=STREAM.ed25519_signature(checkpoint_text(self.digest, count, value)),
        )

    def seal(self, status: SealStatusName = "complete", failure_reason: str = "") -> transcript_pb2.Seal:
        metadata = transcript_pb2.SealMetadata(
            method=self._method,
            model=self._model,
            model_digest=MODEL_DIGEST,
            response_id=f"response-of-{self.receipt_id}",
            receipt_id=self.receipt_id,
            created_unix_ms=1,
            sealed_unix_ms=2,
            body_digest=self.transcript.body_digest(),
            usage=transcript_pb2.Usage(total_tokens=7),
            constraints=self._constraints,
            request_form=transcript_pb2.REQUEST_FORM_PAYLOAD,
            keyset_digest=hashlib.sha256(KEYSET).digest(),
            failure_reason=failure_reason,
        ).SerializeToString()
        text = seal_text(
            status,
            request=self.digest,
            chunk_count=self.transcript.count,
            final_hash=self.transcript.value,
            metadata=metadata,
        )
        return transcript_pb2.Seal(
            status=STATUSES[status],
            chunk_count=self.transcript.count,
            request_digest=self.digest,
            final_hash=self.transcript.value,
            metadata=metadata,
            signed_text=text,
            ecdsa=STREAM.ecdsa(text),
            ed25519=STREAM.ed25519_signature(text),
        )
