"""Ethereum addresses."""

from Crypto.Hash import keccak

from countersign_client.signing.secp256k1 import is_secp256k1_public_key


def ethereum_address(public_key: bytes) -> str:
    """Return the address of a secp256k1 key: the last 20 bytes of Keccak-256(X ‖ Y), lower-case hex with `0x`.

    Args:
        public_key: 65 bytes, uncompressed.

    Raises:
        ValueError: if it is not such a key.
    """
    if not is_secp256k1_public_key(public_key):
        raise ValueError("not an uncompressed secp256k1 public key")
    return f"0x{keccak.new(digest_bits=256, data=public_key[1:]).digest()[12:].hex()}"
