"""A verified seal."""

from dataclasses import dataclass

from countersign.transcript.v1 import transcript_pb2
from countersign_client.transcript import SealStatusName


@dataclass(frozen=True, slots=True)
class VerifiedSignature:
    """A signature with the id of its key."""

    key_id: str
    """Id of the key in the trusted keyset."""
    value: bytes
    """ECDSA: 65 bytes r ‖ s ‖ v. Ed25519: 64 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSeal:
    """A seal whose every field and both signatures were verified."""

    status: SealStatusName
    """How the exchange ended."""
    chunk_count: int
    """`n`."""
    request_digest: bytes
    """`q`, 32 bytes."""
    final_hash: bytes
    """`h_n`, 32 bytes."""
    body_digest: bytes
    """`b`, 32 bytes."""
    model: str
    """Model asked for."""
    model_digest: transcript_pb2.ModelDigest
    """Digest of the model that served, and what it is a digest of."""
    response_id: str
    """Id the engine gave its answer."""
    receipt_id: str
    """Id of the receipt."""
    created_unix_ms: int
    """When the request was accepted, as the gateway states it, Unix milliseconds."""
    sealed_unix_ms: int
    """When the seal was made, as the gateway states it, Unix milliseconds."""
    usage: transcript_pb2.Usage | None
    """Token counts, if the engine reported them."""
    failure_reason: str
    """Why the exchange did not complete; empty when it did."""
    keyset_digest: bytes
    """Digest of the keyset that holds the signing keys, 32 bytes."""
    signed_text: str
    """The text both signatures cover."""
    metadata: bytes
    """The metadata, exactly the bytes whose digest is in the text."""
    ecdsa: VerifiedSignature
    """ECDSA secp256k1 under EIP-191."""
    ed25519: VerifiedSignature
    """Ed25519."""
