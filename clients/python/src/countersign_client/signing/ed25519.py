"""Ed25519 (RFC 8032)."""

from typing import Final

from Crypto.Signature import eddsa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_PUBLIC_KEY_BYTES: Final = 32  # RFC 8032, 5.1.5
_SIGNATURE_BYTES: Final = 64  # R ‖ S; RFC 8032, 5.1.6
_COFACTOR: Final = 8  # RFC 8032, 5.1


def is_ed25519_public_key(public_key: bytes) -> bool:
    """Tell whether these are the canonical encoding of a point that is not of small order: a key somebody can own."""
    if len(public_key) != _PUBLIC_KEY_BYTES:
        return False
    try:
        point = eddsa.import_public_key(public_key).pointQ
    except ValueError:
        return False
    return not (point * _COFACTOR).is_point_at_infinity()


def verify_ed25519(signature: bytes, text: str, public_key: bytes) -> bool:
    """Tell whether `signature` is the owner's pure Ed25519 signature over the UTF-8 bytes of `text` (RFC 8032, 5.1.7).

    Strict: S below the group order and a canonical R (both OpenSSL's), a canonical key, and no key of small order, for
    which a signature would fit many texts. Never raises: whatever is wrong is False.

    Args:
        signature: 64 bytes.
        text: what was signed.
        public_key: 32 bytes.
    """
    if len(signature) != _SIGNATURE_BYTES or not is_ed25519_public_key(public_key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text.encode("utf-8"))
    except (InvalidSignature, ValueError):
        return False
    return True
