"""Client for Countersign that verifies every answer while it streams."""

from countersign_client.client import (
    Answer,
    AnswerStream,
    AsyncAnswerStream,
    AsyncClient,
    CallError,
    Client,
    Protocol,
    ResponseMetadata,
    StoredSignature,
    assistant_message,
    chat_chunk_text,
    chat_text,
    completion_text,
    system_message,
    user_message,
)
from countersign_client.errors import ERROR_MEANINGS, CountersignError, ErrorCode
from countersign_client.signing import Keyset
from countersign_client.trust import KeysetBytes, PinnedKeyset, Trust, UnattestedKeyset
from countersign_client.verifier import IncompleteError, VerifiedSeal, VerifiedSignature

__all__ = [
    "ERROR_MEANINGS",
    "Answer",
    "AnswerStream",
    "AsyncAnswerStream",
    "AsyncClient",
    "CallError",
    "Client",
    "CountersignError",
    "ErrorCode",
    "IncompleteError",
    "Keyset",
    "KeysetBytes",
    "PinnedKeyset",
    "Protocol",
    "ResponseMetadata",
    "StoredSignature",
    "Trust",
    "UnattestedKeyset",
    "VerifiedSeal",
    "VerifiedSignature",
    "assistant_message",
    "chat_chunk_text",
    "chat_text",
    "completion_text",
    "system_message",
    "user_message",
]
