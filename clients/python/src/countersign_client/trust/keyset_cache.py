"""The keyset a client trusts, once it has it. No I/O."""

from countersign_client.errors import CountersignError
from countersign_client.signing import Keyset
from countersign_client.trust.keyset_trust import KeysetBytes, PinnedKeyset, Trust, UnattestedKeyset, open_keyset


class KeysetCache:
    """Holds the trusted keyset, so that it is fetched once."""

    def __init__(self, trust: Trust) -> None:
        """Start with the keyset of `KeysetBytes`, otherwise with none.

        Raises:
            CountersignError: `config.invalid`, `keyset.malformed`.
        """
        if not isinstance(trust, PinnedKeyset | KeysetBytes | UnattestedKeyset):
            raise CountersignError(
                "config.invalid", "trust must be PinnedKeyset(digest), KeysetBytes(bytes) or UnattestedKeyset()"
            )
        self._trust = trust
        self._current = open_keyset(trust, trust.serialised) if isinstance(trust, KeysetBytes) else None

    @property
    def is_pinned(self) -> bool:
        """Whether the caller vouches for the keys, by digest or by bytes."""
        return not isinstance(self._trust, UnattestedKeyset)

    @property
    def current(self) -> Keyset | None:
        """The trusted keyset, or None if it is still to be fetched."""
        return self._current

    @property
    def wanted_digest(self) -> bytes:
        """SHA-256 of the keyset to fetch, 32 bytes; empty: the current one."""
        return bytes.fromhex(self._trust.digest) if isinstance(self._trust, PinnedKeyset) else b""

    def accept(self, served: bytes) -> Keyset:
        """Take a fetched keyset.

        Args:
            served: the serialised keyset; attacker-controlled.

        Raises:
            CountersignError: `keyset.untrusted`, `keyset.malformed`.
        """
        self._current = open_keyset(self._trust, served)
        return self._current

    def note_failure(self, error: CountersignError) -> None:
        """Hear of a failure: without a pin, an answer signed with another keyset has the next call fetch anew.

        So a client outlives a key rotation. A pinned keyset stays what it is.
        """
        if error.code == "keyset.untrusted" and not self.is_pinned:
            self._current = None
