"""Messages of a conversation that hold one text."""

from countersign.inference.v1 import chat_pb2


def system_message(text: str) -> chat_pb2.Message:
    """Return instructions for the model."""
    return _text_message(chat_pb2.ROLE_SYSTEM, text)


def user_message(text: str) -> chat_pb2.Message:
    """Return what the person says."""
    return _text_message(chat_pb2.ROLE_USER, text)


def assistant_message(text: str) -> chat_pb2.Message:
    """Return what the model said."""
    return _text_message(chat_pb2.ROLE_ASSISTANT, text)


def _text_message(role: chat_pb2.Role, text: str) -> chat_pb2.Message:
    return chat_pb2.Message(role=role, content=[chat_pb2.ContentPart(text=text)])
