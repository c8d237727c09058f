"""Signatures looked up after the fact."""

import hmac
from dataclasses import dataclass

from countersign.attestation.v1 import keyset_pb2
from countersign.signature.v1 import signature_service_pb2
from countersign_client.errors import CountersignError
from countersign_client.signing import (
    IncompleteResponseText,
    Keyset,
    ethereum_address,
    parse_response_text,
    verify_ecdsa,
    verify_ed25519,
)
from countersign_client.transcript import SealStatusName, parse_seal_text, seal_status_name
from countersign_client.verifier import VerifiedSignature


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSignature:
    """Both signatures of one answer, verified under the trusted keyset."""

    text: str
    """The signed text. Compare its digests with the bytes you hold."""
    status: SealStatusName
    """How the exchange ended, as the text says."""
    ecdsa: VerifiedSignature
    """ECDSA secp256k1 under EIP-191."""
    ed25519: VerifiedSignature
    """Ed25519."""
    ecdsa_address: str
    """The Ethereum address of the ECDSA key, lower case with 0x."""
    response_id: str
    """Response id, as the gateway states it: not signed."""
    receipt_id: str
    """Receipt id, as the gateway states it: not signed."""
    expires_unix_ms: int
    """When the gateway forgets the signature, as it states, Unix milliseconds. 0: it does not say."""


def verify_stored_signature(
    response: signature_service_pb2.GetSignatureResponse, identifier: str, keyset: Keyset, at: int
) -> StoredSignature:
    """Verify what GetSignature returned.

    Args:
        response: as it arrived.
        identifier: the response id or receipt id that was asked for.
        keyset: the trusted keyset.
        at: the verifier's time, Unix milliseconds.

    Raises:
        CountersignError: `signature.text`, `signature.ecdsa`, `signature.ed25519`, `signature.field`, `keyset.key`.
    """
    status, role = _read_text(response.text)
    if not response.HasField("ecdsa"):
        raise CountersignError("signature.ecdsa", "the gateway returned no ECDSA signature")
    ecdsa_key = keyset.find(response.ecdsa.key_id, role, keyset_pb2.KEY_ALGORITHM_SECP256K1, at)
    if not verify_ecdsa(response.ecdsa.value, response.text, ecdsa_key):
        raise CountersignError("signature.ecdsa", "the ECDSA signature is not valid for the text")
    if not response.HasField("ed25519"):
        raise CountersignError("signature.ed25519", "the gateway returned no Ed25519 signature")
    ed25519_key = keyset.find(response.ed25519.key_id, role, keyset_pb2.KEY_ALGORITHM_ED25519, at)
    if not verify_ed25519(response.ed25519.value, response.text, ed25519_key):
        raise CountersignError("signature.ed25519", "the Ed25519 signature is not valid for the text")
    address = ethereum_address(ecdsa_key)
    if identifier not in (response.response_id, response.receipt_id):
        raise _field("response_id and receipt_id")
    if seal_status_name(response.status) != status:
        raise _field("status")
    # Some peers print addresses in the mixed case of EIP-55.
    if response.ecdsa_address.lower() != address:
        raise _field("ecdsa_address")
    if not hmac.compare_digest(response.ed25519_public_key, ed25519_key):
        raise _field("ed25519_public_key")
    return StoredSignature(
        text=response.text,
        status=status,
        ecdsa=VerifiedSignature(response.ecdsa.key_id, response.ecdsa.value),
        ed25519=VerifiedSignature(response.ed25519.key_id, response.ed25519.value),
        ecdsa_address=address,
        response_id=response.response_id,
        receipt_id=response.receipt_id,
        expires_unix_ms=response.expires.ToMilliseconds() if response.HasField("expires") else 0,
    )


def _read_text(text: str) -> tuple[SealStatusName, int]:
    """Return the status a text states, and the role of the keys that must have signed it."""
    sealed = parse_seal_text(text)
    if sealed is not None:
        return sealed.status, keyset_pb2.KEY_ROLE_STREAM
    response = parse_response_text(text)
    if response is None:
        raise CountersignError("signature.text", "the signed text is neither that of a seal nor that of a REST answer")
    status: SealStatusName = response.status if isinstance(response, IncompleteResponseText) else "complete"
    return status, keyset_pb2.KEY_ROLE_RESPONSE


def _field(name: str) -> CountersignError:
    return CountersignError("signature.field", f"the {name} does not fit the signed text, the keyset or the question")
