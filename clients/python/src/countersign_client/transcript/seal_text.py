"""The signed texts of seals."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, cast

from countersign_client.transcript.running_hash import STREAM_VERSION
from countersign_client.transcript.seal_status import SealStatusName


def seal_text(status: SealStatusName, *, request: bytes, chunk_count: int, final_hash: bytes, metadata: bytes) -> str:
    """Return `countersign.stream.v1:<status>:<hex q>:<n>:<hex h_n>:<hex SHA-256(metadata)>`.

    Args:
        status: how the exchange ended.
        request: `q`, 32 bytes.
        chunk_count: `n`.
        final_hash: `h_n`, 32 bytes.
        metadata: the seal's metadata, exactly the bytes that travel.
    """
    digest = hashlib.sha256(metadata).hexdigest()
    return f"{STREAM_VERSION}:{status}:{request.hex()}:{chunk_count}:{final_hash.hex()}:{digest}"


_DIGEST: Final = "[0-9a-f]{64}"
_SEAL_TEXT: Final = re.compile(
    rf"{re.escape(STREAM_VERSION)}:(complete|upstream_failed|cancelled):({_DIGEST}):(0|[1-9][0-9]{{0,19}}):({_DIGEST}):({_DIGEST})"
)


@dataclass(frozen=True, slots=True)
class SealText:
    """What a seal's signed text says. Digests are lower-case hex."""

    status: SealStatusName
    """How the exchange ended."""
    request: str
    """`q`."""
    chunk_count: int
    """`n`."""
    final_hash: str
    """`h_n`."""
    metadata: str
    """SHA-256 of the seal's metadata."""


def parse_seal_text(text: str) -> SealText | None:
    """Read a seal's signed text, or return None if it is none.

    Args:
        text: attacker-controlled; bounded by the caller's limit on the message that carried it.
    """
    parts = _SEAL_TEXT.fullmatch(text)
    if parts is None:
        return None
    return SealText(cast("SealStatusName", parts[1]), parts[2], int(parts[3]), parts[4], parts[5])
