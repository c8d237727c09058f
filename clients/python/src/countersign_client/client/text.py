"""The text of answers."""

from countersign.inference.v1 import chat_pb2, completion_pb2


def chat_text(result: chat_pb2.ChatResult) -> str:
    """Return the text of the first choice of a chat answer; parts of other kinds are left out."""
    for choice in result.choices:
        if choice.index == 0:
            return "".join(part.text for part in choice.message.content if part.WhichOneof("part") == "text")
    return ""


def chat_chunk_text(chunk: chat_pb2.ChatChunk) -> str:
    """Return the text a chat chunk adds to the first choice."""
    return "".join(delta.content for delta in chunk.deltas if delta.index == 0)


def completion_text(result: completion_pb2.CompletionResult) -> str:
    """Return the text of the first choice of a completion, whole or in pieces."""
    return "".join(delta.text for delta in result.choices if delta.index == 0)
