"""Verification of one exchange, message by message. No I/O."""

from countersign_client.verifier.decode import decode_message
from countersign_client.verifier.exchange import Exchange, system_clock
from countersign_client.verifier.incomplete_error import IncompleteError
from countersign_client.verifier.transcript_verifier import StreamMessage, TranscriptVerifier
from countersign_client.verifier.unary import UnaryMessage, verify_unary
from countersign_client.verifier.verified_seal import VerifiedSeal, VerifiedSignature

__all__ = [
    "Exchange",
    "IncompleteError",
    "StreamMessage",
    "TranscriptVerifier",
    "UnaryMessage",
    "VerifiedSeal",
    "VerifiedSignature",
    "decode_message",
    "system_clock",
    "verify_unary",
]
