"""Signatures, keys and keysets. No I/O."""

from countersign_client.signing.ed25519 import is_ed25519_public_key, verify_ed25519
from countersign_client.signing.eip191 import eip191_digest
from countersign_client.signing.ethereum_address import ethereum_address
from countersign_client.signing.key_id import key_id
from countersign_client.signing.keyset import CLOCK_LEEWAY_MS, Keyset, parse_keyset
from countersign_client.signing.response_text import (
    RESPONSE_VERSION,
    CompleteResponseText,
    IncompleteResponseText,
    ResponseText,
    parse_response_text,
)
from countersign_client.signing.secp256k1 import is_secp256k1_public_key, verify_ecdsa

__all__ = [
    "CLOCK_LEEWAY_MS",
    "RESPONSE_VERSION",
    "CompleteResponseText",
    "IncompleteResponseText",
    "Keyset",
    "ResponseText",
    "eip191_digest",
    "ethereum_address",
    "is_ed25519_public_key",
    "is_secp256k1_public_key",
    "key_id",
    "parse_keyset",
    "parse_response_text",
    "verify_ecdsa",
    "verify_ed25519",
]
