"""Decoding of what was verified."""

from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from countersign_client.errors import CountersignError

_MessageT = TypeVar("_MessageT", bound=Message)


def decode_message(message_type: type[_MessageT], serialised: bytes) -> _MessageT:
    """Decode a serialised message.

    Raises:
        CountersignError: `message.malformed`.
    """
    try:
        return message_type.FromString(serialised)
    except DecodeError as error:
        raise CountersignError(
            "message.malformed", f"bytes that should be a {message_type.DESCRIPTOR.name} are not one"
        ) from error
