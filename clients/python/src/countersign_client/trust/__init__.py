"""Which keyset a client trusts, and why. There is no default."""

from countersign_client.trust.keyset_cache import KeysetCache
from countersign_client.trust.keyset_trust import KeysetBytes, PinnedKeyset, Trust, UnattestedKeyset, open_keyset

__all__ = ["KeysetBytes", "KeysetCache", "PinnedKeyset", "Trust", "UnattestedKeyset", "open_keyset"]
