"""ECDSA over secp256k1 (SEC 1), under EIP-191."""

import hmac
from typing import Final

from coincurve import PublicKey

from countersign_client.signing.eip191 import eip191_digest

_PUBLIC_KEY_BYTES: Final = 65  # 0x04 ‖ X ‖ Y; SEC 1, 2.3.3
_SIGNATURE_BYTES: Final = 65  # r ‖ s ‖ v
_ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141  # n; SEC 2, 2.4.1
_FIRST_V: Final = 27  # v = 27 + recovery id; larger recovery ids do not occur in practice and are refused


def is_secp256k1_public_key(public_key: bytes) -> bool:
    """Tell whether these bytes are an uncompressed point on secp256k1."""
    # libsecp256k1 also reads the hybrid forms 0x06 and 0x07: a key has one form here.
    if len(public_key) != _PUBLIC_KEY_BYTES or public_key[0] != 0x04:
        return False
    try:
        PublicKey(public_key)
    except ValueError:
        return False
    return True


def verify_ecdsa(signature: bytes, text: str, public_key: bytes) -> bool:
    """Tell whether `signature` is the owner's ECDSA signature over the EIP-191 digest of `text`.

    The form is strict, so that one text has one valid signature per nonce: 65 bytes r ‖ s ‖ v, v = 27 or 28, low s
    (EIP-2), and the key recovered with v must be `public_key`, byte for byte. Never raises: whatever is wrong is False.

    Args:
        signature: 65 bytes.
        text: what was signed.
        public_key: 65 bytes, uncompressed.
    """
    if len(signature) != _SIGNATURE_BYTES or not is_secp256k1_public_key(public_key):
        return False
    recovery_id = signature[64] - _FIRST_V
    if recovery_id not in (0, 1):
        return False
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:64], "big")
    if not (0 < r < _ORDER and 0 < s <= _ORDER // 2):
        return False
    try:
        recovered = PublicKey.from_signature_and_message(
            signature[:64] + bytes((recovery_id,)), eip191_digest(text), hasher=None
        )
    except ValueError:
        return False
    return hmac.compare_digest(recovered.format(compressed=False), public_key)
