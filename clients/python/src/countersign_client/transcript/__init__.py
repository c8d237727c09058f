"""The transcript of one exchange: its running hash and its signed texts. No I/O and no keys."""

from countersign_client.transcript.checkpoint_text import checkpoint_text
from countersign_client.transcript.digest import DIGEST_BYTES, keyset_digest, request_digest
from countersign_client.transcript.running_hash import STREAM_VERSION, RunningHash
from countersign_client.transcript.seal_status import SealStatusName, seal_status_name
from countersign_client.transcript.seal_text import SealText, parse_seal_text, seal_text

__all__ = [
    "DIGEST_BYTES",
    "STREAM_VERSION",
    "RunningHash",
    "SealStatusName",
    "SealText",
    "checkpoint_text",
    "keyset_digest",
    "parse_seal_text",
    "request_digest",
    "seal_status_name",
    "seal_text",
]
