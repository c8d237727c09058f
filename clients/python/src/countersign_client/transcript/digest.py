"""Digests of whole messages."""

import hashlib
from typing import Final

DIGEST_BYTES: Final = 32
"""Length of every digest of the transcript: SHA-256, FIPS 180-4. Bytes."""


def request_digest(payload: bytes) -> bytes:
    """Return `q`: SHA-256 of the request payload exactly as it is sent. 32 bytes."""
    return hashlib.sha256(payload).digest()


def keyset_digest(keyset: bytes) -> bytes:
    """Return SHA-256 of a serialised keyset as it was served. 32 bytes."""
    return hashlib.sha256(keyset).digest()
