"""One call to make."""

import json
from dataclasses import dataclass, fields
from typing import Final, Literal, Self, cast, get_args

CaseName = Literal["unary", "stream", "error", "cancel", "deadline", "slow", "trailers"]


class BadCaseError(Exception):
    """A case that cannot be understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeCase:
    """One call to make. The fields are those of a JSON line, and of the flags."""

    id: object = None
    """Handed back as it came."""
    url: str = ""
    token: str = ""
    model: str = ""
    """Empty: the first that ListModels names."""
    protocol: str = "connect"
    http: str = ""
    """1 or 2; empty: as the client chooses."""
    ca: str = ""
    """PEM file of the authorities to trust."""
    insecure_tls: bool = False
    """Trust the certificate the server presents."""
    pin: str = ""
    """Hex SHA-256 of the keyset to trust; empty: the one the gateway gives."""
    case: str = "unary"
    prompt: str = "Tell me about the sea."
    deadline_ms: int = 150
    """Deadline of case deadline. Milliseconds."""
    cancel_after: int = 2
    """Chunks after which case cancel leaves."""
    slow_ms: int = 20
    """How long case slow takes over each of its first chunks. Milliseconds."""
    max_tokens: int = 64
    """Bounds the answer; cases cancel and deadline ask for a long one instead."""

    def merged(self, line: str) -> Self:
        """Return this case with the fields of a JSON line in place of its own.

        Raises:
            BadCaseError: if the line is no JSON object of these fields.
        """
        try:
            value: object = json.loads(line)
        except ValueError as error:
            raise BadCaseError(f"a case is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise BadCaseError("a case is not a JSON object")
        merged: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, given in value.items():
            if name not in merged:
                continue
            if name != "id" and type(given) is not type(merged[name]):
                raise BadCaseError(f"{name} must be a {type(merged[name]).__name__}")
            merged[name] = given
        return type(self)(**merged)  # type: ignore[arg-type] # the types were compared above

    def case_name(self) -> CaseName:
        """Return the case.

        Raises:
            BadCaseError: if there is no such case.
        """
        if self.case not in _CASES:
            raise BadCaseError(f"unknown case {self.case!r}; there are {', '.join(_CASES)}")
        return cast("CaseName", self.case)


_CASES: Final = get_args(CaseName)
