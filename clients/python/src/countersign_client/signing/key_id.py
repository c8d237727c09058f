"""Ids of keys."""

import hashlib
from typing import Final

from countersign.attestation.v1 import keyset_pb2

_ROLES: Final[dict[int, str]] = {
    keyset_pb2.KEY_ROLE_STREAM: "stream",
    keyset_pb2.KEY_ROLE_RESPONSE: "response",
    keyset_pb2.KEY_ROLE_RECEIPT: "receipt",
    keyset_pb2.KEY_ROLE_E2EE: "e2ee",
    keyset_pb2.KEY_ROLE_ENVELOPE: "envelope",
    keyset_pb2.KEY_ROLE_TLS: "tls",
    keyset_pb2.KEY_ROLE_LOG: "log",
}

_ALGORITHMS: Final[dict[int, str]] = {
    keyset_pb2.KEY_ALGORITHM_ED25519: "ed25519",
    keyset_pb2.KEY_ALGORITHM_SECP256K1: "secp256k1",
    keyset_pb2.KEY_ALGORITHM_X25519: "x25519",
    keyset_pb2.KEY_ALGORITHM_P256: "p256",
}


def key_id(role: int, algorithm: int, public_key: bytes) -> str | None:
    """Return `<role>-<algorithm>-<first 16 hex digits of SHA-256(public key)>`.

    None for a role or an algorithm that is unspecified or unknown.
    """
    role_name = _ROLES.get(role)
    algorithm_name = _ALGORITHMS.get(algorithm)
    if role_name is None or algorithm_name is None:
        return None
    return f"{role_name}-{algorithm_name}-{hashlib.sha256(public_key).hexdigest()[:16]}"
