"""Verification of one REST answer. No I/O."""

import hmac
import re
from dataclasses import dataclass

from countersign.attestation.v1 import keyset_pb2
from countersign_client.errors import CountersignError
from countersign_client.rest.lookup import SignatureAnswer
from countersign_client.rest.options import ResponseForm
from countersign_client.signing import (
    IncompleteResponseText,
    Keyset,
    ResponseText,
    ethereum_address,
    parse_response_text,
    verify_ecdsa,
    verify_ed25519,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseFacts:
    """What was sent and received, as this client hashed it."""

    request_digest: bytes
    """SHA-256 of the request body, 32 bytes."""
    response_digest: bytes
    """SHA-256 of the response body, 32 bytes."""
    form: ResponseForm
    """Form the text must have."""
    model: str | None
    """Model the text must name; None if neither the caller nor the request said."""


def verify_response(
    ecdsa: SignatureAnswer, ed25519: SignatureAnswer, facts: ResponseFacts, keyset: Keyset, at: int
) -> None:
    """Verify one REST answer.

    One text under both signatures, its form, the digests of both bodies, the model, and that it is the text of a
    complete answer.

    Args:
        ecdsa: the looked-up ECDSA signature.
        ed25519: the looked-up Ed25519 signature.
        facts: what to compare with.
        keyset: the trusted keyset.
        at: the verifier's time, Unix milliseconds.

    Raises:
        CountersignError: `response.text`, `response.signature`, `response.request`, `response.hash`, `response.model`,
            `response.incomplete`.
    """
    text = ecdsa.text
    if ed25519.text != text:
        raise CountersignError("response.text", "the two signatures cover different texts")
    parsed = parse_response_text(text)
    _verify_signatures(text, ecdsa, ed25519, keyset, at)
    if parsed is None:
        raise CountersignError("response.text", "the signed text has none of the known forms")
    if not hmac.compare_digest(bytes.fromhex(parsed.request), facts.request_digest):
        raise CountersignError("response.request", "the signature covers another request than the one sent")
    if not hmac.compare_digest(bytes.fromhex(parsed.response), facts.response_digest):
        raise CountersignError("response.hash", "the signature covers another response than the one received")
    _verify_form(parsed, facts)


def _verify_form(parsed: ResponseText, facts: ResponseFacts) -> None:
    if isinstance(parsed, IncompleteResponseText):
        if facts.form == "model-request-response":
            _verify_model(parsed.model, facts.model)
        raise CountersignError(
            "response.incomplete", f"the answer ended as {parsed.status} after {parsed.bytes_sent} bytes"
        )
    form: ResponseForm = "request-response" if parsed.model is None else "model-request-response"
    if form != facts.form:
        raise CountersignError("response.text", f"the signed text has the form {form}; set text to accept it")
    if parsed.model is not None:
        _verify_model(parsed.model, facts.model)


def _verify_model(signed: str, expected: str | None) -> None:
    if signed != expected:
        hint = "; set model to the expected name" if expected is None else ""
        raise CountersignError("response.model", f"the signature names another model than the expected one{hint}")


def _verify_signatures(text: str, ecdsa: SignatureAnswer, ed25519: SignatureAnswer, keyset: Keyset, at: int) -> None:
    ecdsa_value = _from_hex(ecdsa.signature)
    if not any(
        ethereum_address(key) == ecdsa.signing_address.lower() and verify_ecdsa(ecdsa_value, text, key)
        for key in keyset.select(keyset_pb2.KEY_ROLE_RESPONSE, keyset_pb2.KEY_ALGORITHM_SECP256K1, at)
    ):
        raise CountersignError(
            "response.signature", "the ECDSA signature is not valid under a response key of the trusted keyset"
        )
    ed25519_value = _from_hex(ed25519.signature)
    if not any(
        key.hex() == ed25519.signing_address.lower() and verify_ed25519(ed25519_value, text, key)
        for key in keyset.select(keyset_pb2.KEY_ROLE_RESPONSE, keyset_pb2.KEY_ALGORITHM_ED25519, at)
    ):
        raise CountersignError(
            "response.signature", "the Ed25519 signature is not valid under a response key of the trusted keyset"
        )


def _from_hex(text: str) -> bytes:
    """Decode hex with or without `0x`; anything else becomes the empty signature, which verifies under no key."""
    # 65 bytes is the longest signature there is; longer text is not worth decoding.
    digits = re.fullmatch("(?:0x)?((?:[0-9a-fA-F]{2}){0,65})", text)
    return b"" if digits is None else bytes.fromhex(digits[1])
