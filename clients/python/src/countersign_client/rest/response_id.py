"""Ids of answers."""

import json
from typing import Final

_MAX_ID_LENGTH: Final = 256
"""Longest id that is looked up, characters: ids of engines and gateways have some 40."""


def string_field(serialised: bytes, name: str) -> str | None:
    """Return a string field of a JSON object, or None if there is no such object or field.

    Args:
        serialised: attacker-controlled where it is an answer; bounded by the caller.
        name: name of the field.
    """
    try:
        value: object = json.loads(serialised)
    except (ValueError, RecursionError):
        return None
    field = value.get(name) if isinstance(value, dict) else None
    return field if isinstance(field, str) else None


def usable_id(identifier: str | None) -> str | None:
    """Return an id that is worth looking up, or None."""
    if not identifier or len(identifier) > _MAX_ID_LENGTH:
        return None
    # A lone surrogate, which JSON can spell, has no UTF-8 form and so no place in a URL.
    return None if any("\ud800" <= character <= "\udfff" for character in identifier) else identifier
