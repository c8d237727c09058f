"""Keysets."""

from typing import Final

from google.protobuf.message import DecodeError

from countersign.attestation.v1 import keyset_pb2
from countersign_client.errors import CountersignError
from countersign_client.signing.key_id import key_id
from countersign_client.signing.public_key_form import has_public_key_form
from countersign_client.transcript.digest import keyset_digest

CLOCK_LEEWAY_MS: Final = 300_000
"""How far the clocks of gateway and client may differ where a key's validity is judged. Milliseconds."""

_MAX_KEYS: Final = 256
"""Far above any gateway's, far below what would cost time."""


class Keyset:
    """A keyset that keeps its rules. That says nothing about whether it is trusted."""

    def __init__(self, digest: bytes, source: int, keys: tuple[keyset_pb2.PublicKey, ...]) -> None:
        """Use `parse_keyset`, which checks the rules."""
        self._digest = digest
        self._source = source
        self._keys = keys
        self._by_id = {key.id: key for key in keys}

    @property
    def digest(self) -> bytes:
        """SHA-256 of the serialised bytes, 32 bytes."""
        return self._digest

    @property
    def source(self) -> int:
        """Where the private keys come from, as the gateway states it: a `KeySourceKind`."""
        return self._source

    @property
    def keys(self) -> tuple[keyset_pb2.PublicKey, ...]:
        """The keys as served."""
        return self._keys

    def find(self, identifier: str, role: int, algorithm: int, at: int) -> bytes:
        """Return the public key that a signature names.

        Args:
            identifier: the id in the signature; attacker-controlled, only looked up and never printed.
            role: the `KeyRole` the signature needs.
            algorithm: the `KeyAlgorithm` the signature needs.
            at: the verifier's time, Unix milliseconds.

        Raises:
            CountersignError: `keyset.key` if the id is unknown, or the key has another role or algorithm, or is not
                valid at that time (with `CLOCK_LEEWAY_MS`).
        """
        key = self._by_id.get(identifier)
        if key is None:
            raise CountersignError("keyset.key", "the signature names a key that the keyset does not hold")
        if key.role != role:
            raise CountersignError("keyset.key", f"{key.id} has another role than this signature needs")
        if key.algorithm != algorithm:
            raise CountersignError("keyset.key", f"{key.id} has another algorithm than this signature needs")
        if not _is_valid_at(key, at):
            raise CountersignError(
                "keyset.key", f"{key.id} is not valid now; fetch the keyset again or check this machine's clock"
            )
        return key.value

    def select(self, role: int, algorithm: int, at: int) -> tuple[bytes, ...]:
        """Return all public keys with this role and algorithm that are valid at that time, in the keyset's order."""
        return tuple(
            key.value for key in self._keys if key.role == role and key.algorithm == algorithm and _is_valid_at(key, at)
        )


def parse_keyset(serialised: bytes) -> Keyset:
    """Read a keyset and hold it to its rules.

    The rules: 1 to 256 keys, known roles and algorithms, values in the form of their algorithm, each id the name of its
    own key, no id and no public key twice (no key serves two roles).

    Args:
        serialised: the keyset as served; attacker-controlled until its digest is compared with a trusted one.

    Raises:
        CountersignError: `keyset.malformed`.
    """
    try:
        message = keyset_pb2.Keyset.FromString(serialised)
    except DecodeError as error:
        raise CountersignError("keyset.malformed", "the keyset's bytes are not a serialised keyset") from error
    if not 0 < len(message.keys) <= _MAX_KEYS:
        raise _malformed(f"it holds {len(message.keys)} keys, not 1 to {_MAX_KEYS}")
    ids: set[str] = set()
    values: set[bytes] = set()
    for index, key in enumerate(message.keys):
        # Judged before the id is computed or printed: id, role, algorithm and value are all the sender's.
        if not has_public_key_form(key.algorithm, key.value):
            raise _malformed(f"key {index} is not a public key of its algorithm")
        if key.id != key_id(key.role, key.algorithm, key.value):
            raise _malformed(f"the id of key {index} does not name it")
        if key.id in ids or key.value in values:
            raise _malformed(f"key {index} is there twice")
        ids.add(key.id)
        values.add(key.value)
    return Keyset(keyset_digest(serialised), message.source, tuple(message.keys))


def _is_valid_at(key: keyset_pb2.PublicKey, at: int) -> bool:
    if at + CLOCK_LEEWAY_MS < key.not_before_unix_ms:
        return False
    return key.not_after_unix_ms == 0 or at <= key.not_after_unix_ms + CLOCK_LEEWAY_MS


def _malformed(what: str) -> CountersignError:
    return CountersignError("keyset.malformed", f"the keyset breaks its rules: {what}")
