"""The clients, sync and async. Everything they hand out was verified first."""

from countersign_client.client.answer import Answer
from countersign_client.client.answer_stream import AnswerStream
from countersign_client.client.async_answer_stream import AsyncAnswerStream
from countersign_client.client.async_client import AsyncClient
from countersign_client.client.call_error import CallError
from countersign_client.client.connection import Protocol
from countersign_client.client.messages import assistant_message, system_message, user_message
from countersign_client.client.response_metadata import ResponseMetadata
from countersign_client.client.stored_signature import StoredSignature
from countersign_client.client.sync_client import Client
from countersign_client.client.text import chat_chunk_text, chat_text, completion_text

__all__ = [
    "Answer",
    "AnswerStream",
    "AsyncAnswerStream",
    "AsyncClient",
    "CallError",
    "Client",
    "Protocol",
    "ResponseMetadata",
    "StoredSignature",
    "assistant_message",
    "chat_chunk_text",
    "chat_text",
    "completion_text",
    "system_message",
    "user_message",
]
