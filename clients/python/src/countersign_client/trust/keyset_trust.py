"""Reasons to trust a keyset."""

import hmac
import re
from dataclasses import dataclass

from countersign_client.errors import CountersignError
from countersign_client.signing import Keyset, parse_keyset
from countersign_client.transcript import keyset_digest


@dataclass(frozen=True, slots=True)
class PinnedKeyset:
    """Trust the keyset with this digest, which was learnt from verified evidence or another trusted source.

    The client fetches the keyset and refuses any other.
    """

    digest: str
    """SHA-256 of the serialised keyset, 64 hex digits."""

    def __post_init__(self) -> None:
        if re.fullmatch("[0-9a-fA-F]{64}", self.digest) is None:
            raise CountersignError("config.invalid", "PinnedKeyset takes the SHA-256 of a keyset as 64 hex digits")


@dataclass(frozen=True, slots=True)
class KeysetBytes:
    """Trust exactly this keyset. Nothing is fetched."""

    serialised: bytes
    """The serialised keyset, as verified evidence carries it."""


@dataclass(frozen=True, slots=True)
class UnattestedKeyset:
    """Trust whatever keyset the gateway serves.

    Then the signatures prove that the answer comes from whoever answers at this URL, and nothing about what runs there:
    whoever can intercept the connection can answer. For development.
    """


Trust = PinnedKeyset | KeysetBytes | UnattestedKeyset
"""Why a client trusts a keyset. Required everywhere: a client never chooses for its caller."""


def open_keyset(trust: Trust, served: bytes) -> Keyset:
    """Hold a keyset against the reason to trust it, then read it.

    Args:
        trust: why to trust it.
        served: the serialised keyset; attacker-controlled. For `KeysetBytes` its own bytes.

    Raises:
        CountersignError: `keyset.untrusted`, `keyset.malformed`.
    """
    expected: bytes | None = None
    if isinstance(trust, PinnedKeyset):
        expected = bytes.fromhex(trust.digest)
    elif isinstance(trust, KeysetBytes):
        expected = keyset_digest(trust.serialised)
    if expected is not None and not hmac.compare_digest(keyset_digest(served), expected):
        raise CountersignError(
            "keyset.untrusted",
            "the gateway serves another keyset than the pinned one; after a key rotation, verify and pin it anew",
        )
    return parse_keyset(served)
