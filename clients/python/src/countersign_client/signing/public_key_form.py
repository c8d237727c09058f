"""The form of a public key."""

from typing import Final

from countersign.attestation.v1 import keyset_pb2
from countersign_client.signing.ed25519 import is_ed25519_public_key
from countersign_client.signing.secp256k1 import is_secp256k1_public_key

_X25519_PUBLIC_KEY_BYTES: Final = 32  # RFC 7748, 5
# DER SubjectPublicKeyInfo of a named-curve P-256 key up to the point's 0x04 (RFC 5480, 2). The point follows.
_P256_SPKI_PREFIX: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_P256_SPKI_BYTES: Final = len(_P256_SPKI_PREFIX) + 64


def has_public_key_form(algorithm: int, value: bytes) -> bool:
    """Tell whether `value` has the form its algorithm fixes. False for an algorithm that is unspecified or unknown."""
    if algorithm == keyset_pb2.KEY_ALGORITHM_ED25519:
        return is_ed25519_public_key(value)
    if algorithm == keyset_pb2.KEY_ALGORITHM_SECP256K1:
        return is_secp256k1_public_key(value)
    if algorithm == keyset_pb2.KEY_ALGORITHM_X25519:
        return len(value) == _X25519_PUBLIC_KEY_BYTES
    if algorithm == keyset_pb2.KEY_ALGORITHM_P256:
        return len(value) == _P256_SPKI_BYTES and value.startswith(_P256_SPKI_PREFIX)
    return False
