"""The signed texts of REST answers."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

RESPONSE_VERSION: Final = "countersign.response.v1"
"""Prefix of the text of an incomplete REST answer."""

_DIGEST: Final = "[0-9a-f]{64}"
# Matched as a whole and split from the right: digests hold no colon, a model name may hold any number of them.
_TWO_PARTS: Final = re.compile(f"({_DIGEST}):({_DIGEST})")
_THREE_PARTS: Final = re.compile(f"(.+):({_DIGEST}):({_DIGEST})", re.DOTALL)
_INCOMPLETE: Final = re.compile(
    rf"countersign\.response\.v1:(upstream_failed|cancelled):(.+):({_DIGEST}):(0|[1-9][0-9]{{0,19}}):({_DIGEST})",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class CompleteResponseText:
    """`model:request:response`, or `request:response`."""

    model: str | None
    """Model as the gateway names it, None in the form without it."""
    request: str
    """Lower-case hex of SHA-256 of the request body."""
    response: str
    """Lower-case hex of SHA-256 of the response body."""


@dataclass(frozen=True, slots=True)
class IncompleteResponseText:
    """`countersign.response.v1:<status>:<model>:<request>:<bytes sent>:<response>`."""

    status: Literal["upstream_failed", "cancelled"]
    """How the answer ended."""
    model: str
    """Model as the gateway names it."""
    request: str
    """Lower-case hex of SHA-256 of the request body."""
    bytes_sent: int
    """Bytes of the body that were sent."""
    response: str
    """Lower-case hex of SHA-256 of those bytes."""


ResponseText = CompleteResponseText | IncompleteResponseText


def parse_response_text(text: str) -> ResponseText | None:
    """Read the signed text of a REST answer.

    A text that begins with `countersign.` is never read as one of the two forms of a complete answer.

    Args:
        text: attacker-controlled; bounded by the caller's limit on the answer that carried it.

    Returns:
        None if the text has none of the three forms.
    """
    # A lone surrogate has no UTF-8 form, so no signature can cover it.
    if any("\ud800" <= character <= "\udfff" for character in text):
        return None
    if two := _TWO_PARTS.fullmatch(text):
        return CompleteResponseText(model=None, request=two[1], response=two[2])
    if text.startswith("countersign."):
        return _parse_incomplete(text)
    three = _THREE_PARTS.fullmatch(text)
    if three is None or _is_reserved(three[1]):
        return None
    return CompleteResponseText(model=three[1], request=three[2], response=three[3])


def _parse_incomplete(text: str) -> IncompleteResponseText | None:
    parts = _INCOMPLETE.fullmatch(text)
    if parts is None or _is_reserved(parts[2]):
        return None
    status: Literal["upstream_failed", "cancelled"] = (
        "upstream_failed" if parts[1] == "upstream_failed" else "cancelled"
    )
    return IncompleteResponseText(status, parts[2], parts[3], int(parts[4]), parts[5])


def _is_reserved(model: str) -> bool:
    # Such a name is refused at configuration, so a text that has one was made by somebody else or means something else.
    return model.startswith("countersign.") or any(unicodedata.category(character) == "Cc" for character in model)
